do_deploy[file-checksums] += "${@bb.utils.contains('DISTRO', 'vestry', '${VESTRY_SOURCE}/board/${VESTRY_BOARD}/card.txt:False ${VESTRY_SOURCE}/board/rpi5/config.txt:True', '', d)}"

# The tree's own file in place of the commented one, the overlay of the sound card, and the arguments of the slot it starts from.
do_deploy:append:vestry() {
    cp ${VESTRY_SOURCE}/board/rpi5/config.txt $CONFIG
    if [ -f ${VESTRY_SOURCE}/board/${VESTRY_BOARD}/card.txt ]; then
        cat ${VESTRY_SOURCE}/board/${VESTRY_BOARD}/card.txt >>$CONFIG
    fi
    printf '%s\n' '[boot_partition=2]' 'cmdline=cmdline-a.txt' '[boot_partition=3]' 'cmdline=cmdline-b.txt' >>$CONFIG

    # The file that the firmware asks which of the two it starts.
    printf '%s\n' '[all]' 'tryboot_a_b=1' 'boot_partition=2' '[tryboot]' 'boot_partition=3' >${DEPLOYDIR}/autoboot.txt
}
