# shellcheck shell=bash
# The read-only root: Debian for arm64, unpacked once for its package list, with kernel modules and our own files laid over it.

# What the boards run besides the kernel and our own binary. Packages are unpacked, none of their programs is run: so this
# needs no emulator, and scripts/image.d/tree does the little that their installation would have done.
ROOT_PACKAGES=(base-files base-passwd coreutils dash grep mount sed systemd systemd-sysv systemd-resolved systemd-timesyncd udev
  kmod libgcc-s1 libstdc++6 libasound2 libssl3 ca-certificates tzdata openssh-client rauc rsync util-linux)
# Kernel modules that a recorder may need; what is not there is neither loaded nor probed, which start-up time notices.
MODULES_KEPT=(arch crypto lib
  drivers/{base,block,bus,char/hw_random,clk,cpufreq,dma,extcon,firmware,gpio,hid,hwmon,i2c,leds,mailbox,mfd,mmc,nvmem,pci}
  drivers/{phy,pinctrl,pps,ptp,pwm,regulator,reset,rtc,soc,spi,thermal,usb,watchdog}
  drivers/net/{dummy.ko.xz,ethernet/{broadcom,freescale},mdio,mii.ko.xz,phy,usb}
  fs/{autofs,exfat,ext4,fat,jbd2,mbcache.ko.xz,nls,overlayfs} net/{ipv4,ipv6,packet,unix}
  sound/{ac97_bus.ko.xz,core,drivers,soc/bcm,soc/codecs,soc/generic,soc/snd-soc-core.ko.xz,soundcore.ko.xz,usb})

# What has to work on a board, with all that it needs, wherever that lies.
MODULES_NEEDED=(dm-verity genet exfat ext4 fec lan78xx loop sd_mod snd-aloop snd-usb-audio squashfs uas usb-storage vfat)

# The machine's own Debian sources for arm64, one a line.
root_sources() {
  local key
  key=$(cat "$BOARD"/apt/etc/sources.list.d/* | sed -nE 's/^.*[Ss]igned-[Bb]y[:=] *([^] ]+).*$/\1/p' | head -1)
  APT_CONFIG=$BOARD/apt/apt.conf apt-get indextargets 'Created-By: Packages' 'Origin: Debian' 'Architecture: arm64' \
    --format "deb ${key:+[signed-by=$key] }\$(REPO_URI) \$(RELEASE) \$(COMPONENT)"
}

# root_packages: sets ROOT_TAR to the packages, unpacked; made if it is not there yet.
root_packages() {
  local list codename
  list=$(printf '%s\n' "${ROOT_PACKAGES[@]}" | sha256sum | cut -c1-12)
  ROOT_TAR=$BOARD/root-$list.tar
  [ ! -f "$ROOT_TAR" ] || return 0
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  root_sources >"$BOARD/root.list"
  mmdebstrap --quiet --format=tar --arch=arm64 --variant=extract --skip=check/qemu \
    --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr --include="$(IFS=, && echo "${ROOT_PACKAGES[*]}")" \
    "$codename" "$ROOT_TAR.part" "$BOARD/root.list" >"$BOARD/mmdebstrap.log" 2>&1 ||
    fail "mmdebstrap could not make the root file system: $(tail -n 3 "$BOARD/mmdebstrap.log")"
  rm -rf "$ROOT_TAR" && mv "$ROOT_TAR.part" "$ROOT_TAR"
}

# root_modules: those of MODULES_KEPT and MODULES_NEEDED, in $BOARD/root-modules.
root_modules() {
  local version from module to=$BOARD/root-modules
  version=$(ls "$BOARD/kernel/lib/modules")
  from=$BOARD/kernel/lib/modules/$version
  rm -rf "$to"
  to=$to/lib/modules/$version
  mkdir -p "$to"
  cp "$from"/modules.{order,builtin,builtin.modinfo} "$to/"
  (cd "$from" && cp -r --parents "${MODULES_KEPT[@]/#/kernel/}" "$to/")
  for module in "${MODULES_NEEDED[@]}"; do
    modprobe -d "$BOARD/kernel" -S "$version" --show-depends "$module" | sed -n "s#^insmod $from/##p"
  done | sort -u | (cd "$from" && xargs cp --parents -t "$to")
  depmod -b "$BOARD/root-modules" "$version"
}
