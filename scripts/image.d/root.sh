# shellcheck shell=bash
# The read-only root: Debian for arm64, cached by its package list, with kernel modules and our own files laid over it.

# What the boards run besides the kernel and our own binary.
ROOT_PACKAGES=(systemd systemd-sysv systemd-resolved systemd-timesyncd udev kmod e2fsprogs libgcc-s1 libasound2 libssl3
  ca-certificates tzdata)
# What no recorder reads.
ROOT_WITHOUT=(/usr/share/{doc,info,lintian,locale,man}/'*')
# Kernel modules that a recorder may need; what is not there is neither loaded nor probed, which start-up time notices.
MODULES_KEPT=(arch crypto lib
  drivers/{base,block,bus,char/hw_random,clk,cpufreq,dma,extcon,firmware,gpio,hid,hwmon,i2c,leds,mailbox,mfd,mmc,nvmem,pci}
  drivers/{phy,pinctrl,pps,ptp,pwm,regulator,reset,rtc,soc,spi,thermal,usb,watchdog}
  drivers/net/{dummy.ko.xz,ethernet/{broadcom,freescale},mdio,mii.ko.xz,phy,usb}
  fs/{autofs,exfat,ext4,fat,jbd2,mbcache.ko.xz,nls,overlayfs} net/{ipv4,ipv6,packet,unix}
  sound/{ac97_bus.ko.xz,core,drivers,soc/bcm,soc/codecs,soc/generic,soc/snd-soc-core.ko.xz,soundcore.ko.xz,usb})

# The machine's own Debian sources for arm64, one a line.
root_sources() {
  local key
  key=$(cat "$BOARD"/apt/etc/sources.list.d/* | sed -nE 's/^.*[Ss]igned-[Bb]y[:=] *([^] ]+).*$/\1/p' | head -1)
  APT_CONFIG=$BOARD/apt/apt.conf apt-get indextargets 'Created-By: Packages' 'Origin: Debian' 'Architecture: arm64' \
    --format "deb ${key:+[signed-by=$key] }\$(REPO_URI) \$(RELEASE) \$(COMPONENT)"
}

# Programs of the board have to run here while its packages are configured.
foreign_programs() {
  [ "$(dpkg --print-architecture)" != arm64 ] || return 0
  mountpoint -q /proc/sys/fs/binfmt_misc || as_root mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
  [ -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ] || as_root update-binfmts --enable qemu-aarch64
}

# root_packages: sets ROOT_TAR to the packages, installed and configured; made if it is not there yet.
root_packages() {
  local list codename
  list=$(printf '%s\n' "${ROOT_PACKAGES[@]}" "${ROOT_WITHOUT[@]}" | sha256sum | cut -c1-12)
  ROOT_TAR=$BOARD/root-$list.tar
  [ ! -f "$ROOT_TAR" ] || return 0
  foreign_programs
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  root_sources >"$BOARD/root.list"
  mmdebstrap --quiet --format=tar --arch=arm64 --variant=essential --include="$(IFS=, && echo "${ROOT_PACKAGES[*]}")" \
    "${ROOT_WITHOUT[@]/#/--dpkgopt=path-exclude=}" "$codename" "$ROOT_TAR.part" "$BOARD/root.list" ||
    fail "mmdebstrap could not make the root file system"
  rm -rf "$ROOT_TAR" && mv "$ROOT_TAR.part" "$ROOT_TAR"
}

# root_modules: those of MODULES_KEPT, in $BOARD/root-modules.
root_modules() {
  local version from to=$BOARD/root-modules
  version=$(ls "$BOARD/kernel/lib/modules")
  from=$BOARD/kernel/lib/modules/$version
  rm -rf "$to"
  to=$to/lib/modules/$version
  mkdir -p "$to"
  cp "$from"/modules.{order,builtin,builtin.modinfo} "$to/"
  (cd "$from" && cp -r --parents "${MODULES_KEPT[@]/#/kernel/}" "$to/")
  depmod -b "$BOARD/root-modules" "$version"
}
