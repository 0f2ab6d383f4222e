#!/usr/bin/env bash
# The build step of the image, and runnable alone: builds the host and lays out what it needs to run.
#
#   docker/build.sh [DESTINATION]     default: target/image
#   PROFILE=dev docker/build.sh       quicker to build, slower to run; the tests do it so
set -euo pipefail
cd "$(dirname "$0")/.."
destination=${1:-target/image}

profile=${PROFILE:-release}
folder=$profile
[ "$profile" != dev ] || folder=debug

cargo build --profile "$profile" --locked --package cicerone

# From source where the toolchain can do it; else the committed components are used, and a line says so.
cargo xtask plugins

mkdir -p "$destination"
install -m 755 "${CARGO_TARGET_DIR:-target}/$folder/cicerone" "$destination/cicerone"
install -m 644 cicerone.toml "$destination/cicerone.toml"
rm -rf "$destination/flows" "$destination/plugins"
mkdir -p "$destination/flows"
cp flows/*.json "$destination/flows/"
for manifest in plugins/*/plugin.toml; do
    plugin=$(dirname "$manifest")
    component=$(sed -n 's/^component *= *"\([^"]*\)".*/\1/p' "$manifest")
    built=$plugin/target/$component
    [ -e "$built" ] || built=$plugin/$component
    if [ -n "$component" ] && [ ! -e "$built" ]; then
        echo "left out, because it is not built yet: $plugin (cicerone plugin build $plugin)"
        continue
    fi
    mkdir -p "$destination/$plugin"
    install -m 644 "$manifest" "$destination/$plugin/plugin.toml"
    [ -z "$component" ] || install -m 644 "$built" "$destination/$plugin/$component"
done
echo "laid out in $destination"
