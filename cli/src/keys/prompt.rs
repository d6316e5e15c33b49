//! Asks whoever sits at the terminal for the PIN of a token.
//!
//! The terminal is that of the process, whatever standard input is: documents may come from there.
//! What is typed is not shown. Uses `lang` alone.

use onecode_keystore::{Pin, PinWanted};

/// A PIN, unless nobody sits at a terminal, or whoever does gives none.
pub(super) fn pin(wanted: &PinWanted) -> Option<Pin> {
    let token = &wanted.token;
    let line = if wanted.is_last_try {
        said!(
            "{token} 的 PIN（只剩一次机会，输错即锁定）：",
            "PIN of {token} (the last try: a wrong one locks it): "
        )
    } else {
        said!("{token} 的 PIN：", "PIN of {token}: ")
    };
    ask(line.as_str())
}

#[cfg(unix)]
fn ask(line: &str) -> Option<Pin> {
    use std::fs::OpenOptions;
    use std::io::{Read, Write};

    use rustix::termios::{tcgetattr, tcsetattr, LocalModes, OptionalActions};
    use zeroize::Zeroizing;

    /// Longest line, in bytes; `Pin` says how long a PIN is.
    const MAX: usize = 1_024;

    let mut terminal = OpenOptions::new().read(true).write(true).open("/dev/tty").ok()?;
    let before = tcgetattr(&terminal).ok()?;
    let mut silent = before.clone();
    // Ctrl-C, too, is read here: the terminal is put back before the command ends.
    silent.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
    // What was typed before the question stood there is no answer to it.
    tcsetattr(&terminal, OptionalActions::Flush, &silent).ok()?;
    let mut typed = Zeroizing::new(String::with_capacity(MAX));
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX));
    let mut answered = terminal.write_all(line.as_bytes()).is_ok();
    while answered {
        let mut byte = [0];
        match terminal.read(&mut byte) {
            Ok(1) => match byte[0] {
                b'\r' | b'\n' => break,
                // Ctrl-C, Ctrl-D, Ctrl-\.
                3 | 4 | 28 => answered = false,
                // Backspace takes a whole character, and Ctrl-U all.
                8 | 127 => while bytes.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {},
                21 => bytes.clear(),
                _ if bytes.len() == MAX => answered = false,
                byte => bytes.push(byte),
            },
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            _ => answered = false,
        }
    }
    let _ = tcsetattr(&terminal, OptionalActions::Now, &before);
    let _ = terminal.write_all(b"\n");
    typed.push_str(std::str::from_utf8(&bytes).ok().filter(|_| answered)?);
    Pin::new(typed)
}

#[cfg(not(unix))]
fn ask(_: &str) -> Option<Pin> {
    None
}
