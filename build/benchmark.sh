#!/bin/sh
# Runs a class of the benchmarks: benchmark.sh MODULES CLASS OPTION...
cd "$(dirname "$0")/.." || exit
modules=$1 class=$2
shift 2
options=
for option; do
    options="$options \"$option\""
done
exec mvn -q -pl "$modules" -am -DskipTests -Dbenchmark="$class" -Doptions="$options" package
