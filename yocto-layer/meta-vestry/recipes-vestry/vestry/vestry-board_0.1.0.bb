SUMMARY = "Configuration of one board for the recorder"
DESCRIPTION = "The files of board/ that VESTRY_BOARD names: the recorder's configuration, on the root and for the boot partition, and the kernel modules that the board's sound card needs."
HOMEPAGE = "https://vestry.example"
BUGTRACKER = "https://vestry.example/issues"
SECTION = "multimedia"
LICENSE = "MIT | Apache-2.0"
LIC_FILES_CHKSUM = "file://LICENSE;md5=d7fa6576d2bf87ff388b0077049e3944"

INHIBIT_DEFAULT_DEPS = "1"

SRC_URI = ""

inherit deploy externalsrc

EXTERNALSRC = "${VESTRY_SOURCE}"
EXTERNALSRC_SYMLINKS = ""
PACKAGE_ARCH = "${MACHINE_ARCH}"

do_configure[noexec] = "1"
do_compile[noexec] = "1"

do_install() {
    install -d ${D}${sysconfdir}/vestry
    install -m 0644 ${S}/board/base.toml ${D}${sysconfdir}/vestry/base.toml
    install -m 0644 ${S}/board/${VESTRY_BOARD}.toml ${D}${sysconfdir}/vestry/vestry.toml
    if [ -d ${S}/board/${VESTRY_BOARD}/root ]; then
        cp -r --no-preserve=mode,ownership ${S}/board/${VESTRY_BOARD}/root/. ${D}
    fi
}

# What a person edits: the folder `vestry` of the boot partition.
do_deploy() {
    install -d ${DEPLOYDIR}/vestry
    install -m 0644 ${S}/board/base.toml ${DEPLOYDIR}/vestry/base.toml
    install -m 0644 ${S}/board/${VESTRY_BOARD}.toml ${DEPLOYDIR}/vestry/vestry.toml
}
addtask deploy after do_install before do_build
