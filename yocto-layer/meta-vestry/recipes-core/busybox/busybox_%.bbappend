FILESEXTRAPATHS:prepend:vestry := "${THISDIR}/files:"

SRC_URI:append:vestry = " file://initramfs.cfg"
