//! Writes the bindings; `bindings/build.sh` calls it.
//!
//! `uniffi-bindgen tune-kotlin FILE` edits the generated Kotlin:
//!
//! - Each generated call makes a JNA structure for its status. That costs five to ten microseconds:
//!   more than the call itself, and half as much as a signature check. Here a status is a piece of
//!   memory that each thread keeps (`CallStatuses` in bindings/kotlin).
//! - Half a surrogate pair in a text is replaced on its way to Rust, where it is refused like any
//!   other wrong character. As generated, it throws from the middle of a conversion.
//! - A closed object passed as an argument throws, as it does when it is called. As generated, its
//!   memory is used after it was freed.
//! - What a key, a store or a handler may throw is declared. Otherwise Java does not let them throw
//!   it.
//!
//! `uniffi-bindgen tune-python FILE` edits the generated Python:
//!
//! - Lone surrogates, which stand for bytes that are not UTF-8 in Python, are replaced on their way
//!   to Rust as in Kotlin.
//! - Bytes may be anything that has a buffer, and whole numbers anything that stands for one. Any
//!   other type raises an error of ours.
//! - Whatever a key, a store or a handler raises is an error in Rust too. As generated, some of it
//!   left Rust with a result that was never written.

use std::{env, fs, process};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (replacements, file) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tune-kotlin", file] => (KOTLIN, file),
        ["tune-python", file] => (PYTHON, file),
        _ => return uniffi::uniffi_bindgen_main(),
    };
    if let Err(error) = tune(file, replacements) {
        eprintln!("{file}: {error}");
        process::exit(1);
    }
}

/// Old text, new text, and how many times the old one must occur. Another UniFFI may generate other
/// text.
type Replacement = (&'static str, &'static str, Option<usize>);

const KOTLIN: &[Replacement] = &[
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
        "\n    fun `record`(`codeUse`: CodeUse): Earlier",
        "\n    @Throws(HostException::class) fun `record`(`codeUse`: CodeUse): Earlier",
        Some(1),
    ),
    (
        "\n    fun `take`(`kind`: ForeignKind,",
        "\n    @Throws(HostException::class) fun `take`(`kind`: ForeignKind,",
        Some(1),
    ),
];

const PYTHON: &[Replacement] = &[
    ("value.encode(\"utf-8\")", "value.encode(\"utf-8\", \"replace\")", Some(2)),
    // Both strings and bytes are written here. The `len` of a view is not its length in bytes.
    (
        "    def write(value, buf):
        buf.write_i32(len(value))
        buf.write(value)
",
        "    def write(value, buf):
        value = memoryview(value).tobytes()
        buf.write_i32(len(value))
        buf.write(value)
",
        Some(1),
    ),
    // ctypes accepts only an int.
    (
        "class _UniffiConverterPrimitiveInt(_UniffiConverterPrimitive):
",
        "class _UniffiConverterPrimitiveInt(_UniffiConverterPrimitive):
    @classmethod
    def lower(cls, value):
        return value.__index__()

",
        Some(1),
    ),
    // \"no\" would count as true. A practice scanner must say True.
    (
        "    def check_lower(cls, value):
        return not not value
",
        "    def check_lower(cls, value):
        if not isinstance(value, bool):
            raise TypeError(\"a bool is required, not {}\".format(type(value).__name__))
",
        Some(1),
    ),
    // The type only: making the text may fail in turn, and Rust drops it anyway.
    (
        "    except Exception as e:
        call_status.code = _UniffiRustCallStatus.CALL_UNEXPECTED_ERROR
        call_status.error_buf = _UniffiFfiConverterString.lower(repr(e))
",
        "    except BaseException as e:
        call_status.code = _UniffiRustCallStatus.CALL_UNEXPECTED_ERROR
        call_status.error_buf = _UniffiFfiConverterString.lower(type(e).__name__)
",
        Some(2),
    ),
    ("raise TypeError(", "raise UsageError.WrongType(", None),
    (
        "            raise ValueError(\"{} requires",
        "            raise UsageError.WrongValue(\"{} requires",
        Some(1),
    ),
    (
        "        raise ValueError(value)\n",
        "        raise UsageError.WrongValue(repr(value))\n",
        None,
    ),
    (
        "\nUsageError = _UniffiTempUsageError # type: ignore\n",
        "
    class WrongType(_UniffiTempUsageError, TypeError):
        \"\"\"
        An argument has a type that cannot stand for what is asked for.
\"\"\"
        def __repr__(self):
            return \"UsageError.WrongType({})\".format(str(self))
    _UniffiTempUsageError.WrongType = WrongType # type: ignore
    class WrongValue(_UniffiTempUsageError, ValueError):
        \"\"\"
        A number does not fit into 32 or 64 bits, or a value is none of those that there are.
\"\"\"
        def __repr__(self):
            return \"UsageError.WrongValue({})\".format(str(self))
    _UniffiTempUsageError.WrongValue = WrongValue # type: ignore

UsageError = _UniffiTempUsageError # type: ignore
",
        Some(1),
    ),
];

fn tune(file: &str, replacements: &[Replacement]) -> Result<(), String> {
    let mut source = fs::read_to_string(file).map_err(|error| error.to_string())?;
    for &(old, new, expected) in replacements {
        let found = source.matches(old).count();
        if found == 0 || expected.is_some_and(|expected| expected != found) {
            return Err(format!("found {found} times, expected {expected:?}: {old}"));
        }
        source = source.replace(old, new);
    }
    fs::write(file, source).map_err(|error| error.to_string())
}
