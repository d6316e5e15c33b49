//! Standard input and output as what they are: terminals, serial lines, pipes that do not block.
//!
//! A terminal in its usual mode takes some bytes for commands: 04 ends the input, 03 and 1C end the
//! process, 13 stops the line. A picture can hold any byte, so a terminal that is read is set raw,
//! and put back at the end. Uses `cause`.

use std::fmt;
use std::io;

use crate::cause::Cause;

/// Where the bytes of a terminal end: it was unplugged, or its other side has gone.
#[derive(Debug)]
pub(crate) struct Gone;

impl std::error::Error for Gone {}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the device has gone: it was unplugged, or its other side was closed")
    }
}

impl Cause for Gone {
    fn zh(&self) -> String {
        "设备已断开：被拔出，或对端已关闭".into()
    }
}

impl Gone {
    /// Whether this is why reading ended.
    pub(crate) fn is(error: &io::Error) -> bool {
        error.get_ref().is_some_and(|inner| inner.is::<Gone>())
    }
}

#[cfg(unix)]
pub(crate) use unix::{log, room, write_out, Input, Raw};

#[cfg(not(unix))]
pub(crate) use elsewhere::{log, room, write_out, Input, Raw};

#[cfg(unix)]
mod unix {
    use std::io::{self, stderr, stdin, stdout, IsTerminal, Read};
    use std::os::fd::{AsFd, BorrowedFd};
    use std::thread;

    use rustix::event::{poll, PollFd, PollFlags, Timespec};
    use rustix::fs::{fstat, FileType};
    use rustix::io::Errno;
    use rustix::termios::{
        tcgetattr, tcsetattr, ControlModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios,
    };
    use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    use super::Gone;

    /// Bytes that a pipe takes at once whenever it says that it can be written to (POSIX `PIPE_BUF`
    /// is 512 at least; 4,096 on Linux).
    const PIPE_BUF: usize = if cfg!(target_os = "linux") { 4_096 } else { 512 };

    /// A terminal as standard input, raw until this is dropped or a signal ends the process.
    pub(crate) struct Raw {
        before: Termios,
    }

    impl Raw {
        /// Sets standard input raw, if it is a terminal.
        pub(crate) fn begin() -> io::Result<Option<Self>> {
            if !stdin().is_terminal() {
                return Ok(None);
            }
            let before = tcgetattr(stdin().as_fd())?;
            put_back_on_signals(before.clone())?;
            set_raw()?;
            if stderr().is_terminal() {
                warn!(
                    "标准输入是终端。在其中输入或扫入的一切都是数据，Ctrl-C 和 Ctrl-D 也是；\
                     结束请用 `kill {id}`",
                    "standard input is a terminal. Whatever is typed or scanned there is data, \
                     Ctrl-C and Ctrl-D too; `kill {id}` ends this",
                    id = std::process::id()
                );
            }
            Ok(Some(Raw { before }))
        }
    }

    impl Drop for Raw {
        fn drop(&mut self) {
            put_back(&self.before);
        }
    }

    fn put_back(before: &Termios) {
        // A device that has gone has no settings any more.
        let _ = tcsetattr(stdin().as_fd(), OptionalActions::Now, before);
    }

    /// Every byte is data, a read waits for one at least, and no modem signal hangs up. How fast
    /// the line is, its parity and what is done with output stay: those are the reader's.
    fn set_raw() -> rustix::io::Result<()> {
        let before = tcgetattr(stdin().as_fd())?;
        let mut raw = before.clone();
        raw.make_raw();
        let framing = ControlModes::CSIZE | ControlModes::PARENB;
        raw.control_modes = raw.control_modes.difference(framing)
            | before.control_modes.intersection(framing)
            | ControlModes::CREAD
            | ControlModes::CLOCAL;
        raw.output_modes = before.output_modes;
        raw.special_codes[SpecialCodeIndex::VMIN] = 1;
        raw.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(stdin().as_fd(), OptionalActions::Now, &raw)
    }

    /// Whether a read that gives nothing means that there is nothing more.
    fn is_raw() -> rustix::io::Result<bool> {
        let found = tcgetattr(stdin().as_fd())?;
        let waits = (
            found.special_codes[SpecialCodeIndex::VMIN],
            found.special_codes[SpecialCodeIndex::VTIME],
        );
        Ok(!found.local_modes.intersects(LocalModes::ICANON | LocalModes::ISIG) && waits == (1, 0))
    }

    /// Whoever is ended by a signal leaves the terminal as it was. Continued after a stop, it is
    /// set raw once more: the shell has used it meanwhile.
    fn put_back_on_signals(before: Termios) -> io::Result<()> {
        let mut signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGCONT])?;
        thread::spawn(move || {
            for signal in signals.forever() {
                match signal {
                    SIGCONT => {
                        let _ = set_raw();
                    }
                    // A controlling terminal that was pulled out. Ended by this signal, the process
                    // would count as ended in order; the reader finds the end by itself.
                    SIGHUP if tcgetattr(stdin().as_fd()).is_err() => {}
                    _ => {
                        put_back(&before);
                        let _ = emulate_default_handler(signal);
                    }
                }
            }
        });
        Ok(())
    }

    /// Standard input. A pipe that does not block is waited for.
    pub(crate) struct Input {
        is_raw_terminal: bool,
    }

    impl Input {
        /// As somebody types or hands it over, to its end.
        pub(crate) fn open() -> Self {
            Input { is_raw_terminal: false }
        }

        /// As [`Raw`] has set it: the end of a terminal is an error.
        pub(crate) fn raw() -> Self {
            Input { is_raw_terminal: stdin().is_terminal() }
        }

        /// Whether the end of a terminal is none: another program has changed its settings.
        fn goes_on(&self) -> bool {
            matches!(is_raw(), Ok(false)) && set_raw().is_ok() && matches!(is_raw(), Ok(true))
        }
    }

    impl Read for Input {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let input = stdin();
            loop {
                match rustix::io::read(input.as_fd(), &mut *buffer) {
                    Ok(0) if self.is_raw_terminal && !buffer.is_empty() => {
                        if !self.goes_on() {
                            return Err(io::Error::other(Gone));
                        }
                    }
                    Err(Errno::IO | Errno::NODEV | Errno::NXIO) if self.is_raw_terminal => {
                        return Err(io::Error::other(Gone));
                    }
                    Err(Errno::AGAIN) => wait(input.as_fd(), PollFlags::IN)?,
                    Err(Errno::INTR) => {}
                    read => return Ok(read?),
                }
            }
        }
    }

    /// Waits until standard output takes something, and says how many bytes it takes at once. With
    /// a pipe whose reader has gone it fails: whatever is decided then is never told.
    pub(crate) fn room() -> io::Result<usize> {
        let output = stdout();
        let kind = FileType::from_raw_mode(fstat(output.as_fd())?.st_mode);
        if kind == FileType::RegularFile {
            return Ok(usize::MAX);
        }
        wait(output.as_fd(), PollFlags::OUT)?;
        if kind == FileType::Fifo {
            // No error, no bytes: nothing waits in it.
            #[cfg(target_os = "linux")]
            if rustix::io::ioctl_fionread(output.as_fd()) == Ok(0) {
                return Ok(rustix::pipe::fcntl_getpipe_size(output.as_fd()).unwrap_or(PIPE_BUF));
            }
        }
        Ok(PIPE_BUF)
    }

    /// Writes all of it to standard output, however slowly it is read. What went out is said in
    /// either case.
    pub(crate) fn write_out(bytes: &[u8]) -> (usize, io::Result<()>) {
        let output = stdout();
        let mut written = 0;
        while written < bytes.len() {
            match rustix::io::write(output.as_fd(), &bytes[written..]) {
                Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
                Ok(count) => written += count,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    if let Err(error) = wait(output.as_fd(), PollFlags::OUT) {
                        return (written, Err(error));
                    }
                }
                Err(error) => return (written, Err(error.into())),
            }
        }
        (written, Ok(()))
    }

    /// A line for the log, if it takes one within a second. Nobody at a gate waits for a log.
    pub(crate) fn log(line: &[u8]) {
        let log = stderr();
        let patience = Timespec { tv_sec: 1, tv_nsec: 0 };
        let mut files = [PollFd::new(&log, PollFlags::OUT)];
        if poll(&mut files, Some(&patience)).is_ok_and(|ready| ready > 0) {
            let _ = rustix::io::write(&log, line);
        }
    }

    fn wait(file: BorrowedFd<'_>, what: PollFlags) -> io::Result<()> {
        loop {
            let mut files = [PollFd::new(&file, what)];
            match poll(&mut files, None) {
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
                Ok(_) if what == PollFlags::OUT && files[0].revents().contains(PollFlags::ERR) => {
                    return Err(io::ErrorKind::BrokenPipe.into());
                }
                Ok(_) => return Ok(()),
            }
        }
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use std::io::{self, stderr, stdin, stdout, Read, Write};

    pub(crate) struct Raw;

    impl Raw {
        pub(crate) fn begin() -> io::Result<Option<Self>> {
            Ok(None)
        }
    }

    pub(crate) struct Input;

    impl Input {
        pub(crate) fn open() -> Self {
            Input
        }

        pub(crate) fn raw() -> Self {
            Input
        }
    }

    impl Read for Input {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            stdin().read(buffer)
        }
    }

    pub(crate) fn room() -> io::Result<usize> {
        Ok(usize::MAX)
    }

    pub(crate) fn log(line: &[u8]) {
        let _ = stderr().write_all(line);
    }

    pub(crate) fn write_out(bytes: &[u8]) -> (usize, io::Result<()>) {
        match stdout().write_all(bytes).and_then(|()| stdout().flush()) {
            Ok(()) => (bytes.len(), Ok(())),
            Err(error) => (0, Err(error)),
        }
    }
}
