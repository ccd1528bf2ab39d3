FILESEXTRAPATHS:prepend:vestry := "${THISDIR}/files:"

SRC_URI:append:vestry = " file://good.conf"

PACKAGE_ARCH:vestry = "${MACHINE_ARCH}"

do_install:prepend:vestry() {
    sed -i -e 's|@@COMPATIBLE@@|vestry-${VESTRY_BOARD}-${MACHINE}|' \
        -e 's|@@KEYRING@@|${@os.path.basename(d.getVar('RAUC_KEYRING_FILE'))}|' ${UNPACKDIR}/system.conf
}

do_install:append:vestry() {
    install -d ${D}${systemd_system_unitdir}/rauc-mark-good.service.d
    install -m 0644 ${UNPACKDIR}/good.conf ${D}${systemd_system_unitdir}/rauc-mark-good.service.d/vestry.conf
}

FILES:${PN}:append:vestry = " ${systemd_system_unitdir}/rauc-mark-good.service.d"
