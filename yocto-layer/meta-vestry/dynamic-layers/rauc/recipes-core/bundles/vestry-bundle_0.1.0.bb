SUMMARY = "Update of a recorder box"
DESCRIPTION = "A signed RAUC bundle with the image's root, and on a Raspberry Pi the firmware's partition with the kernel."
HOMEPAGE = "https://vestry.example"
BUGTRACKER = "https://vestry.example/issues"
SECTION = "base"
LICENSE = "MIT | Apache-2.0"

SRC_URI = ""

inherit bundle

# A bundle has the overlay of one sound card, so it is for that board alone.
RAUC_BUNDLE_COMPATIBLE = "vestry-${VESTRY_BOARD}-${MACHINE}"
RAUC_BUNDLE_DESCRIPTION = "${SUMMARY}"
RAUC_BUNDLE_FORMAT = "verity"
RAUC_BUNDLE_VERSION = "${DISTRO_VERSION}"

RAUC_BUNDLE_SLOTS = "rootfs"
RAUC_BUNDLE_SLOTS:rpi = "firmware rootfs"
RAUC_SLOT_rootfs = "vestry-image"
RAUC_SLOT_rootfs[fstype] = "ext4"
RAUC_SLOT_firmware = "vestry-image"
RAUC_SLOT_firmware[fstype] = "firmware.vfat"

# Key and certificate are the integrator's: RAUC_KEY_FILE, RAUC_CERT_FILE, and for the image RAUC_KEYRING_FILE.
