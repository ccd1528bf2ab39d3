SUMMARY = "What the recorder's initramfs runs"
DESCRIPTION = "The script that finds root and takes by the names of their partitions, mounts both and takes the configuration from the boot partition."
HOMEPAGE = "https://vestry.example"
BUGTRACKER = "https://vestry.example/issues"
SECTION = "base"
LICENSE = "MIT | Apache-2.0"
LIC_FILES_CHKSUM = "file://LICENSE;md5=d7fa6576d2bf87ff388b0077049e3944"

SRC_URI = ""

inherit allarch externalsrc

EXTERNALSRC = "${VESTRY_SOURCE}"
EXTERNALSRC_SYMLINKS = ""

do_configure[noexec] = "1"
do_compile[noexec] = "1"

do_install() {
    install -d ${D}/dev ${D}/proc ${D}/root ${D}/sys
    install -m 0755 ${S}/board/initramfs/init ${D}/init
    # The kernels of this layer have built in what a root needs.
    install -m 0644 /dev/null ${D}/modules
}

FILES:${PN} += "\
    /dev \
    /init \
    /modules \
    /proc \
    /root \
    /sys \
"

RDEPENDS:${PN} += "busybox e2fsprogs-e2fsck"
