#!/usr/bin/env bash
# The README's test command, doc tests included.
set -euo pipefail
cargo test --workspace
# HTTPS and gRPC take long to build, so newcomers are spared them.
cargo test -p traced-tests --features tls,grpc --test otlp_https --test otlp_grpc --test otlp_transports --test reliability
# Whom the operating system trusts is trusted with this feature alone.
cargo test -p traced-tests --features native-roots,grpc --test otlp_native_roots
