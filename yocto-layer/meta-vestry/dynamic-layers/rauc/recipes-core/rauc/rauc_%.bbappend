# On a Raspberry Pi it asks the firmware by vcmailbox.
RDEPENDS:${PN}:append:rpi:vestry = " raspi-utils"
