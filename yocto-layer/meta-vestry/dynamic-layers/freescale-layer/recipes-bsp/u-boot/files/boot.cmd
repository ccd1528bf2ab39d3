# Starts the first slot of BOOT_ORDER that has a try left. RAUC writes these variables; a slot that is good gets its tries back.
test -n "${BOOT_ORDER}" || setenv BOOT_ORDER "A B"
test -n "${BOOT_A_LEFT}" || setenv BOOT_A_LEFT 3
test -n "${BOOT_B_LEFT}" || setenv BOOT_B_LEFT 3

setenv slot
setenv name
for candidate in "${BOOT_ORDER}"; do
  if test -n "${slot}"; then
    true
  elif test "${candidate}" = "A"; then
    if itest ${BOOT_A_LEFT} -gt 0; then
      setexpr BOOT_A_LEFT ${BOOT_A_LEFT} - 1
      setenv slot A
      setenv name vestry-root-a
    fi
  elif test "${candidate}" = "B"; then
    if itest ${BOOT_B_LEFT} -gt 0; then
      setexpr BOOT_B_LEFT ${BOOT_B_LEFT} - 1
      setenv slot B
      setenv name vestry-root-b
    fi
  fi
done

# A box that starts one slot for ever is better than one that starts none.
if test -z "${slot}"; then
  setenv BOOT_A_LEFT 3
  setenv BOOT_B_LEFT 3
  saveenv
  reset
fi
saveenv

part number mmc ${mmcdev} ${name} number
setenv bootargs "@@ARGUMENTS@@ vestry.root=${name} rauc.slot=${slot}"
load mmc ${mmcdev}:${number} ${loadaddr} /boot/Image
load mmc ${mmcdev}:${number} ${fdt_addr_r} /boot/${fdtfile}
load mmc ${mmcdev}:${number} ${initrd_addr} /boot/initrd.img
booti ${loadaddr} ${initrd_addr}:${filesize} ${fdt_addr_r}
# What does not start is tried again, until its tries are used up.
reset
