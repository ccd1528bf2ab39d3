SUMMARY = "Recorder of six inputs"
DESCRIPTION = "Firmware of a rack box that records six inputs in churches and small venues: switch it on and it records."
HOMEPAGE = "https://vestry.example"
BUGTRACKER = "https://vestry.example/issues"
SECTION = "multimedia"
LICENSE = "MIT | Apache-2.0"
LIC_FILES_CHKSUM = "file://LICENSE;md5=d7fa6576d2bf87ff388b0077049e3944"

DEPENDS = "alsa-lib clang-native openssl"

SRC_URI = ""

require vestry-crates.inc

inherit cargo cargo-update-recipe-crates externalsrc pkgconfig systemd useradd

# The sources are those that this layer came with; crates are fetched as everywhere.
EXTERNALSRC = "${VESTRY_SOURCE}"
EXTERNALSRC_SYMLINKS = ""

# The stretcher's header is C++, which is read by clang's library while it is built.
export LIBCLANG_PATH = "${STAGING_LIBDIR_NATIVE}"
export BINDGEN_EXTRA_CLANG_ARGS = "--target=${TARGET_SYS} --sysroot=${RECIPE_SYSROOT}"

do_install:append() {
    install -d ${D}${systemd_system_unitdir} ${D}${nonarch_base_libdir}/udev/rules.d ${D}${mandir}/man1
    install -m 0644 ${S}/board/vestry.1 ${D}${mandir}/man1/vestry.1
    install -m 0644 ${S}/board/vestry.service ${D}${systemd_system_unitdir}/vestry.service
    install -m 0644 ${S}/board/60-vestry.rules ${D}${nonarch_base_libdir}/udev/rules.d/60-vestry.rules

    # What makes a system a box. These are files of other packages, so the image writes them.
    cp -r --no-preserve=mode,ownership ${S}/board/root/. ${D}
    rm ${D}${sysconfdir}/fstab ${D}${sysconfdir}/hostname ${D}${sysconfdir}/hosts ${D}${sysconfdir}/nsswitch.conf
    install -d ${D}/media/stick
}

PACKAGE_BEFORE_PN += "${PN}-system"

FILES:${PN}-system += "\
    /media/stick \
    ${nonarch_libdir}/vestry \
    ${sysconfdir} \
"
FILES:${PN} += "\
    ${nonarch_base_libdir}/udev/rules.d/60-vestry.rules \
    ${systemd_system_unitdir}/vestry.service \
"

# ssh, rsync and setpriv: takes are delivered by these to a target of rsync.
RDEPENDS:${PN} += "alsa-conf ca-certificates openssh-ssh rsync tzdata util-linux-setpriv"
# The mounts of a stick, and the growing of the partition of the takes.
RDEPENDS:${PN}-system += "coreutils systemd-extra-utils udev util-linux-mount util-linux-umount"
RRECOMMENDS:${PN} += "vestry-board"

SYSTEMD_PACKAGES = "${PN} ${PN}-system"
SYSTEMD_SERVICE:${PN} = "vestry.service"
SYSTEMD_SERVICE:${PN}-system = "vestry-clock.service vestry-later.service"

# Numbers are those of board/vestry.sysusers, so that a partition of takes keeps its owner.
USERADD_PACKAGES = "${PN}"
GROUPADD_PARAM:${PN} = "--system --gid 400 vestry; --system --gid 401 gpio; --system --gid 402 i2c"
USERADD_PARAM:${PN} = "--system --uid 400 --gid vestry --groups audio,gpio,i2c --home-dir ${localstatedir}/lib/vestry --no-create-home --shell /sbin/nologin vestry"
