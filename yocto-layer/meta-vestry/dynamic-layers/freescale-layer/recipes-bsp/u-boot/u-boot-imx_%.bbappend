FILESEXTRAPATHS:prepend:vestry := "${THISDIR}/files:"

SRC_URI:append:vestry = " \
    file://boot.cmd \
    file://fw_env.config \
"

UBOOT_ENV:vestry = "boot"
UBOOT_ENV_SUFFIX:vestry = "scr"

do_compile[file-checksums] += "${@bb.utils.contains('DISTRO', 'vestry', '${VESTRY_SOURCE}/board/cmdline:True ${VESTRY_SOURCE}/board/imx8mp-evk/cmdline:True', '', d)}"

# The kernel's arguments are those of the tree.
do_compile:prepend:vestry() {
    arguments=$(cat ${VESTRY_SOURCE}/board/cmdline ${VESTRY_SOURCE}/board/imx8mp-evk/cmdline | tr '\n' ' ')
    sed -i "s|@@ARGUMENTS@@|$arguments|" ${UNPACKDIR}/boot.cmd
}
