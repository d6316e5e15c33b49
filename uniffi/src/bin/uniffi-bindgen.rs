//! Writes the bindings: `bindings/build.sh` calls it.

fn main() {
    uniffi::uniffi_bindgen_main()
}
