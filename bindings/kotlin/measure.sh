#!/usr/bin/env bash
# What a scan and a code cost through JNA, against the same in Rust in the same process.
set -euo pipefail
cd "$(dirname "$0")/../.."

export ONECODE_FEATURES=measure
bash bindings/build.sh kotlin
mvn -B -q -Dstyle.color=never -f bindings/kotlin/pom.xml test \
    -Dmore.tests=src/measure/kotlin -Dtest=Cost
# The binding as it ships again.
unset ONECODE_FEATURES
rm -rf bindings/kotlin/target/test-classes
bash bindings/build.sh kotlin
