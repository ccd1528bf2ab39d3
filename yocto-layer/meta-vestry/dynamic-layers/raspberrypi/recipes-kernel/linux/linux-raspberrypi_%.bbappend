require recipes-kernel/linux/vestry-kernel.inc

# That of Raspberry Pi for real time; it has the drivers of the Raspberry Pi 4 and 5, pages of 4 KiB.
KBUILD_DEFCONFIG:vestry = "bcm2711_rt_defconfig"
