do_deploy[file-checksums] += "${@bb.utils.contains('DISTRO', 'vestry', '${VESTRY_SOURCE}/board/cmdline:True ${VESTRY_SOURCE}/board/rpi5/cmdline:True', '', d)}"

# One line for each slot; config.txt chooses.
do_deploy:append:vestry() {
    for slot in a b; do
        echo "$(cat ${VESTRY_SOURCE}/board/cmdline ${VESTRY_SOURCE}/board/rpi5/cmdline | tr '\n' ' ')vestry.root=vestry-root-$slot" \
            >${DEPLOYDIR}/${BOOTFILES_DIR_NAME}/cmdline-$slot.txt
    done
}
