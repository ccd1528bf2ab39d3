require recipes-kernel/linux/vestry-kernel.inc
