SUMMARY = "Image of a recorder box"
DESCRIPTION = "A boot partition with the configuration, two roots that are never written, and a partition for the takes that grows to the medium's size."
HOMEPAGE = "https://vestry.example"
BUGTRACKER = "https://vestry.example/issues"
SECTION = "base"
LICENSE = "MIT | Apache-2.0"

IMAGE_INSTALL = "\
    kernel-modules \
    packagegroup-core-boot \
    vestry \
    vestry-board \
    vestry-system \
    ${@bb.utils.contains('DISTRO_FEATURES', 'rauc', 'rauc', '', d)} \
"
IMAGE_INSTALL:append:mx8mp-nxp-bsp = " kernel-devicetree kernel-image libubootenv-bin u-boot-imx-env"
IMAGE_FEATURES = "read-only-rootfs"
IMAGE_LINGUAS = ""
IMAGE_FSTYPES = "ext4 wic.bmap wic.zst"
# nooelint: oelint.vars.specific - the type of an image
IMAGE_TYPEDEP:wic = "ext4"

inherit core-image

# Without a journal a read-only root is never written, not even after a power cut.
# nooelint: oelint.vars.specific - the type of an image
EXTRA_IMAGECMD:ext4 = "-i 4096 -m 0 -O ^has_journal,^resize_inode"

WIC_CREATE_EXTRA_ARGS = "--no-fstab-update"
WICVARS:append = " IMAGE_BOOT_FILES_label-FIRMWARE IMAGE_BOOT_FILES_label-VESTRY"
# The boot partition, which every computer reads: the configuration, and what chooses the root.
IMAGE_BOOT_FILES_label-VESTRY = "vestry/*;vestry/"
IMAGE_BOOT_FILES_label-VESTRY:append:mx8mp-nxp-bsp = " boot.scr"
IMAGE_BOOT_FILES_label-VESTRY:append:rpi = " autoboot.txt"
# On a Raspberry Pi: the firmware's own, of which there are two.
IMAGE_BOOT_FILES_label-FIRMWARE = "${IMAGE_BOOT_FILES} vestry-initramfs-${MACHINE}.cpio.gz;initrd.img"

do_image_wic[depends] += "vestry-board:do_deploy vestry-initramfs:do_image_complete"
do_rootfs[depends] += "vestry-initramfs:do_image_complete"
do_rootfs[file-checksums] += " \
    ${VESTRY_SOURCE}/board/root/etc/fstab:True \
    ${VESTRY_SOURCE}/board/root/etc/hostname:True \
    ${VESTRY_SOURCE}/board/root/etc/hosts:True \
    ${VESTRY_SOURCE}/board/root/etc/nsswitch.conf:True \
    ${VESTRY_SOURCE}/board/units/later:True \
    ${VESTRY_SOURCE}/board/units/masked:True \
"

# As scripts/image.d/tree does it. Which of the two roots is mounted, the initramfs knows.
vestry_files[doc] = "Writes the files of other packages that are different on a box"
vestry_files() {
    for name in fstab hostname hosts nsswitch.conf; do
        install -m 0644 ${VESTRY_SOURCE}/board/root/etc/$name ${IMAGE_ROOTFS}${sysconfdir}/$name
    done
    # An empty id is made up at each start.
    : >${IMAGE_ROOTFS}${sysconfdir}/machine-id
    echo '/dev/disk/by-partlabel/vestry-boot /boot/vestry vfat noauto,x-systemd.automount,x-systemd.idle-timeout=10 0 0' \
        >>${IMAGE_ROOTFS}${sysconfdir}/fstab
    install -d ${IMAGE_ROOTFS}/boot/vestry
    install -d ${IMAGE_ROOTFS}${localstatedir}/lib/vestry/.system
    install -d -o 400 -g 400 ${IMAGE_ROOTFS}${localstatedir}/lib/vestry/takes
    chown 400:400 ${IMAGE_ROOTFS}${localstatedir}/lib/vestry
}

vestry_units[doc] = "Masks what a recorder does without, and lets the rest start after it"
vestry_units() {
    units=${IMAGE_ROOTFS}${sysconfdir}/systemd/system
    for unit in $(grep -v '^#' ${VESTRY_SOURCE}/board/units/masked); do
        ln -sf /dev/null $units/$unit
    done
    for unit in $(grep -v '^#' ${VESTRY_SOURCE}/board/units/later); do
        install -d $units/$unit.d
        printf '[Unit]\nAfter=vestry.service\n[Service]\nNice=10\n' >$units/$unit.d/later.conf
    done
}

# U-Boot reads kernel, device tree and initramfs from the root that it starts.
vestry_initramfs[doc] = "Puts the initramfs beside the kernel of the root"
vestry_initramfs() {
    install -m 0644 ${DEPLOY_DIR_IMAGE}/vestry-initramfs-${MACHINE}.cpio.gz ${IMAGE_ROOTFS}/boot/initrd.img
}

ROOTFS_POSTPROCESS_COMMAND += "vestry_files vestry_units"
ROOTFS_POSTPROCESS_COMMAND:append:mx8mp-nxp-bsp = " vestry_initramfs"

# The bundle has the firmware's partition as wic made it.
IMAGE_CMD:wic:append:rpi() {
    cp $build_wic/*.direct.p2 $out.firmware.vfat
    ln -sf $(basename $out).firmware.vfat ${IMGDEPLOYDIR}/${IMAGE_LINK_NAME}.firmware.vfat
}
