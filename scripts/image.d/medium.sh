# shellcheck shell=bash
# The medium to flash: GPT with the boot partition (FAT), the record of slots, two roots and the partition of the takes (ext4).

MEDIUM_PACKAGES=(mmdebstrap fakeroot systemd fdisk dosfstools mtools device-tree-compiler exfatprogs)
# Where the boot partition begins, in MiB: below it is room for a board's own boot loader.
BOOT_AT=8
BOOT_SIZE=128
# The record has two copies. A root has room to grow with later updates.
SLOTS_SIZE=2
ROOT_SIZE=512

# medium BOARD FILE CERTIFICATE: writes FILE, which takes updates signed by CERTIFICATE, or none where that is empty.
medium() {
  local board=$1 out=$2 update_cert=$3 configuration
  # shellcheck disable=SC2153 # BOARD is scripts/image's
  local work=$BOARD/$board
  packages "${MEDIUM_PACKAGES[@]}"
  case $board in
    rpi) configuration=rpi-usb.toml ;;
    *) configuration=$board.toml ;;
  esac
  step "root: packages" root_packages
  step "root: modules" root_modules
  step "boot partition" boot_partition "$board" "$work.boot"
  step "root: files" fakeroot scripts/image.d/tree "$board" "$ROOT_TAR" "$BOARD/root-modules" \
    "$BOARD/cargo/$TARGET/$PROFILE/vestry" "$configuration" "$work" "$(compatible "$board")" "$update_cert"
  step "$out" join "$out" "$work.boot/boot.fat" "$work/root.ext4" "$work/data.ext4"
}

# kernel_arguments BOARD: those of all boards and those of this one, in one line.
kernel_arguments() {
  cat board/cmdline "board/$1/cmdline" | tr '\n' ' ' | sed 's/ *$//'
}

# boot_partition BOARD FOLDER: makes boot.fat there.
boot_partition() {
  local board=$1 folder=$2 files=$2/files
  rm -rf "$folder" && mkdir -p "$files"
  cp "$BOARD/vmlinuz" "$files/vmlinuz"
  boot_initrd "$board" "$folder/initrd" && mv "$folder/initrd.img" "$files/"
  "boot_$board" "$files"
  mkdir "$files/vestry"
  cp board/base.toml "$files/vestry/"
  cp "board/$configuration" "$files/vestry/vestry.toml"
  /usr/sbin/mkfs.vfat -C -F 32 -n VESTRY "$folder/boot.fat" $((BOOT_SIZE * 1024)) >/dev/null
  mcopy -s -i "$folder/boot.fat" "$files"/* ::/
}

# boot_initrd BOARD FOLDER: what finds the root, as FOLDER.img.
boot_initrd() {
  local board=$1 folder=$2 list
  mapfile -t list < <(grep -v '^#' "board/$board/initramfs.modules")
  plain_modules "$folder" "${list[@]}"
  mkdir -p "$folder"/{bin,proc,sys,dev,root}
  cp "$BOARD/root/bin/busybox" "$folder/bin/"
  cp "$BOARD/root/sbin/e2fsck.static" "$folder/bin/e2fsck"
  ln -s busybox "$folder/bin/sh"
  printf '%s\n' "${list[@]}" >"$folder/modules"
  install -m 755 board/initramfs/init "$folder/init"
  install -m 755 board/initramfs/slots "$folder/slots"
  (cd "$folder" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -9) >"$folder.img"
}

# U-Boot of the EVK, which is in the board's own flash, reads extlinux.conf.
boot_imx8mp-evk() {
  local files=$1
  cp "$BOARD/imx8mp-evk.dtb" "$files/imx8mp-evk.dtb"
  dtc -q -@ -I dts -O dtb -o "$BOARD/qemu.dtbo" board/imx8mp-evk/qemu.dtso
  fdtoverlay -i "$BOARD/board.dtb" -o "$files/imx8mp-evk-qemu.dtb" "$BOARD/qemu.dtbo"
  mkdir -p "$files/extlinux"
  cat >"$files/extlinux/extlinux.conf" <<CONF
default vestry
label vestry
  kernel /vmlinuz
  initrd /initrd.img
  fdt /imx8mp-evk.dtb
  append $(kernel_arguments imx8mp-evk)
CONF
}

# The firmware of the Raspberry Pi 4 reads config.txt, cmdline.txt and the device tree that the kernel's package brings.
boot_rpi() {
  local files=$1
  rpi_firmware
  cp "$BOARD"/rpi-firmware/usr/lib/raspi-firmware/{start4.elf,fixup4.dat} "$files/"
  cp "$BOARD/rpi-firmware/usr/share/doc/raspi-firmware/copyright" "$files/LICENCE.txt"
  cp "$BOARD"/kernel/usr/lib/linux-image-*/broadcom/bcm2711-rpi-4-b.dtb "$files/"
  cp board/rpi/config.txt "$files/"
  kernel_arguments rpi >"$files/cmdline.txt"
}

# The GPU's firmware is the one part that is not free software, so it has a component of its own.
rpi_firmware() {
  local apt=$BOARD/apt/rpi folder=$BOARD/rpi-firmware
  [ ! -e "$folder" ] || return 0
  mkdir -p "$apt/lists/partial"
  root_sources | sed -n "s/ main\$/ non-free-firmware/p" | head -1 >"$apt/sources.list"
  rpi_apt update -qq
  (cd "$apt" && rm -f raspi-firmware_*.deb && rpi_apt download -qq raspi-firmware) ||
    fail "raspi-firmware is not in the component non-free-firmware of this machine's Debian mirror: no image for rpi without"
  dpkg -x "$apt"/raspi-firmware_*.deb "$folder"
}

rpi_apt() {
  as_root env APT_CONFIG="$BOARD/apt/apt.conf" apt-get -o Dir::Etc::sourcelist="$BOARD/apt/rpi/sources.list" \
    -o Dir::Etc::sourceparts=- -o Dir::State::lists="$BOARD/apt/rpi/lists" "$@"
}

# join OUT BOOT ROOT DATA: the partitions behind one another, each at a full MiB; both roots are the same.
join() {
  local out=$1 boot=$2 root=$3 data=$4 slots_at a_at b_at data_at data_size
  [ "$(megabytes "$root")" -le $ROOT_SIZE ] || fail "the root has $(megabytes "$root") MiB, its partition $ROOT_SIZE"
  data_size=$(megabytes "$data")
  slots_at=$((BOOT_AT + BOOT_SIZE)) a_at=$((BOOT_AT + BOOT_SIZE + SLOTS_SIZE))
  b_at=$((a_at + ROOT_SIZE)) data_at=$((a_at + 2 * ROOT_SIZE))
  rm -f "$out.part"
  truncate -s $((data_at + data_size + 1))M "$out.part"
  /usr/sbin/sfdisk --quiet "$out.part" <<TABLE
label: gpt
start=${BOOT_AT}MiB, size=${BOOT_SIZE}MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name=vestry-boot, attrs=LegacyBIOSBootable
start=${slots_at}MiB, size=${SLOTS_SIZE}MiB, type=8DA63339-0007-60C0-C436-083AC8230908, name=vestry-slots
start=${a_at}MiB, size=${ROOT_SIZE}MiB, type=B921B045-1DF0-41C3-AF44-4C6F280D3FAE, name=vestry-root-a
start=${b_at}MiB, size=${ROOT_SIZE}MiB, type=B921B045-1DF0-41C3-AF44-4C6F280D3FAE, name=vestry-root-b
start=${data_at}MiB, size=${data_size}MiB, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name=vestry-data
TABLE
  place "$boot" $BOOT_AT "$out.part"
  place "$root" "$a_at" "$out.part"
  place "$root" "$b_at" "$out.part"
  place "$data" "$data_at" "$out.part"
  mv "$out.part" "$out"
}

megabytes() {
  echo $((($(stat -c %s "$1") + 1048575) / 1048576))
}

# place FILE AT IMAGE: without what is zero, so that the image stays sparse.
place() {
  dd if="$1" of="$3" bs=1M seek="$2" conv=notrunc,sparse status=none
}
