SUMMARY = "Initramfs of the recorder"
DESCRIPTION = "Finds root and takes, and hands over."
HOMEPAGE = "https://vestry.example"
BUGTRACKER = "https://vestry.example/issues"
SECTION = "base"
LICENSE = "MIT | Apache-2.0"

PACKAGE_INSTALL = "base-passwd vestry-init"
IMAGE_FEATURES = ""
IMAGE_FSTYPES = "cpio.gz"
IMAGE_LINGUAS = ""
IMAGE_NAME_SUFFIX = ""
IMAGE_ROOTFS_SIZE = "8192"
IMAGE_ROOTFS_EXTRA_SPACE = "0"
INITRAMFS_MAXSIZE = "65536"

inherit core-image

# It has no services and no login.
KERNELDEPMODDEPEND = ""
