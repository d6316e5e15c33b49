#!/usr/bin/env bash
# What a scan and a code cost through JNA, against the same in Rust in the same process.
set -euo pipefail
cd "$(dirname "$0")/../.."
source bindings/cargo.sh
alone 7 bindings/.kotlin.lock
alone 8 "$(target_folder)/bindings/kotlin.lock"
export ONECODE_ALONE=kotlin

export ONECODE_FEATURES=measure
bash bindings/build.sh kotlin
mvn -B -q -Dstyle.color=never -f bindings/kotlin/pom.xml test \
    -Dmore.tests=src/measure/kotlin -Dtest=Cost
# The binding as it ships again.
unset ONECODE_FEATURES
rm -rf bindings/kotlin/target/test-classes
bash bindings/build.sh kotlin
