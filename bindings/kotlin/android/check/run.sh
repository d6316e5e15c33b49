#!/usr/bin/env bash
# What can be checked of the Android library without an Android SDK: it is compiled against
# Android's classes, as are the sample app and the guide; run in Robolectric; held to the vectors;
# drawn; shrunk by R8; and linked for pages of 16 KB.
set -euo pipefail
cd "$(dirname "$0")/../../../.."
source bindings/cargo.sh
alone 7 bindings/.android.lock
alone 8 "$(target_folder)/bindings/android.lock"
export ONECODE_ALONE=android

bash bindings/build.sh android
python3 bindings/kotlin/snippets.py Android
# Robolectric takes the path of an Android from a URL, where a space is %20: it gets another way
# there.
way=$(mktemp -d)
trap 'rm -rf "$way"' EXIT
ln -s "$PWD/bindings/kotlin/android/check/library/target/androids" "$way/androids"
mvn -q -B -f bindings/kotlin/android/check/pom.xml verify "-Dandroids=$way/androids"
bash bindings/kotlin/android/check/pages.sh
