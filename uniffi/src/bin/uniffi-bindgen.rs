//! Writes the bindings; `bindings/build.sh` calls it.
//!
//! `uniffi-bindgen tune-kotlin FILE` edits the generated Kotlin:
//!
//! - Each generated call makes a JNA structure for its status. That costs five to ten microseconds:
//!   more than the call itself, and half as much as a signature check. Here a status is a piece of
//!   memory that each thread keeps (`CallStatuses` in bindings/kotlin).
//!
//! - Half a surrogate pair in a text is replaced on its way to Rust, where it is refused like any
//!   other wrong character. As generated, it throws from the middle of a conversion.
//!
//! - A closed object passed as an argument throws, as it does when it is called. As generated, its
//!   memory is used after it was freed.
//!
//! - What a key, a store or a handler may throw is declared. Otherwise Java does not let them throw
//!   it.

use std::{env, fs, process};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tune-kotlin", file] => {
            if let Err(error) = tune_kotlin(file) {
                eprintln!("{file}: {error}");
                process::exit(1);
            }
        }
        _ => uniffi::uniffi_bindgen_main(),
    }
}

/// Old text, new text, and how many times the old one must occur. Another UniFFI may generate other
/// text.
const REPLACEMENTS: [(&str, &str, Option<usize>); 9] = [
    ("uniffi_out_err: UniffiRustCallStatus", "uniffi_out_err: Pointer", None),
    ("callback: (UniffiRustCallStatus) -> U", "callback: (Pointer) -> U", Some(2)),
    ("return value.uniffiCloneHandle()", "return value.callWithHandle { it }", None),
    (
        "    var status = UniffiRustCallStatus()
    val return_value = callback(status)
    uniffiCheckCallStatus(errorHandler, status)
    return return_value
",
        "    return CallStatuses.use({ uniffiCheckCallStatus(errorHandler, it) }, callback)
",
        Some(1),
    ),
    (
        "        return Charsets.UTF_8.newEncoder().run {
            onMalformedInput(CodingErrorAction.REPORT)
            encode(CharBuffer.wrap(value))
        }
",
        "        return ByteBuffer.wrap(value.toByteArray(Charsets.UTF_8))
",
        Some(1),
    ),
    (
        "\n    fun `publicKey`(): PublicKey\n",
        "\n    @Throws(SigningException::class) fun `publicKey`(): PublicKey\n",
        Some(1),
    ),
    (
        "\n    fun `sign`(`message`: kotlin.ByteArray)",
        "\n    @Throws(SigningException::class) fun `sign`(`message`: kotlin.ByteArray)",
        Some(1),
    ),
    (
        "\n    fun `record`(`codeUse`: CodeUse)",
        "\n    @Throws(HostException::class) fun `record`(`codeUse`: CodeUse)",
        Some(1),
    ),
    (
        "\n    fun `take`(`kind`: ForeignKind,",
        "\n    @Throws(HostException::class) fun `take`(`kind`: ForeignKind,",
        Some(1),
    ),
];

fn tune_kotlin(file: &str) -> Result<(), String> {
    let mut source = fs::read_to_string(file).map_err(|error| error.to_string())?;
    for (old, new, expected) in REPLACEMENTS {
        let found = source.matches(old).count();
        if found == 0 || expected.is_some_and(|expected| expected != found) {
            return Err(format!("found {found} times, expected {expected:?}: {old}"));
        }
        source = source.replace(old, new);
    }
    fs::write(file, source).map_err(|error| error.to_string())
}
