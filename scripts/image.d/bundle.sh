# shellcheck shell=bash
# Signed updates: a RAUC bundle with the root that a medium has.

# compatible BOARD: what a box and its updates are for. The kernel is on the boot partition, its modules are in the root: an update
# for another kernel would not fit.
compatible() {
  echo "vestry-$1-$(ls "$BOARD/kernel/lib/modules")"
}

# bundle BOARD FILE KEY CERTIFICATE: writes FILE, an update to the root that `medium` made last.
bundle() {
  local board=$1 out=$2 key=$3 cert=$4 folder=$BOARD/$1/bundle
  packages rauc squashfs-tools
  rm -rf "$folder" && mkdir -p "$folder"
  ln "$BOARD/$board/root.ext4" "$folder/root.ext4"
  cat >"$folder/manifest.raucm" <<MANIFEST
[update]
compatible=$(compatible "$board")
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)

[bundle]
format=verity

[image.rootfs]
filename=root.ext4
MANIFEST
  rm -f "$out"
  rauc bundle --cert="$cert" --key="$key" "$folder" "$out" || fail "the update could not be made and signed"
  rm -rf "$folder"
}
