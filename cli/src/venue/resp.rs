//! The protocol of Valkey and Redis (RESP2), as far as a gate speaks it: a command, one answer.
//!
//! Every answer is bounded in bytes and in time: whoever sits at the other end can neither fill the
//! gate's memory nor hold its thread. Knows nothing of used codes.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustls::{ClientConnection, StreamOwned};

/// Longest answer, in bytes. That to `INFO` has some 8,000.
const MAX_ANSWER: usize = 64 << 10;

/// A connection, with or without TLS.
pub(super) struct Connection {
    wire: Wire,
    /// What was read and not yet used.
    read: Vec<u8>,
    /// How long one answer may take.
    patience: Duration,
}

enum Wire {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

/// What the other end answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Text(Vec<u8>),
    /// It refuses, in its own words.
    Refused(String),
}

impl Wire {
    fn socket(&self) -> &TcpStream {
        match self {
            Wire::Plain(socket) => socket,
            Wire::Tls(stream) => &stream.sock,
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Wire::Plain(socket) => socket.read(buffer),
            Wire::Tls(stream) => stream.read(buffer),
        }
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Wire::Plain(socket) => socket.write_all(bytes),
            Wire::Tls(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
        }
    }
}

impl Connection {
    pub(super) fn new(
        socket: TcpStream,
        tls: Option<ClientConnection>,
        patience: Duration,
    ) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        let wire = match tls {
            None => Wire::Plain(socket),
            Some(tls) => Wire::Tls(Box::new(StreamOwned::new(tls, socket))),
        };
        Ok(Connection { wire, read: Vec::new(), patience })
    }

    /// Sends a command and reads the answer. After an error the connection is of no use.
    pub(super) fn call(&mut self, words: &[&[u8]]) -> io::Result<Reply> {
        let until = Instant::now() + self.patience;
        let mut command = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            command.extend(format!("${}\r\n", word.len()).as_bytes());
            command.extend(*word);
            command.extend(b"\r\n");
        }
        self.wire.socket().set_write_timeout(Some(self.patience))?;
        self.wire.write_all(&command)?;
        let reply = self.reply(until)?;
        // Nobody asked for more.
        if self.read.is_empty() {
            Ok(reply)
        } else {
            Err(strange())
        }
    }

    fn reply(&mut self, until: Instant) -> io::Result<Reply> {
        let line = self.line(until)?;
        let (kind, rest) = line.split_first().ok_or_else(strange)?;
        match kind {
            b'+' | b':' => Ok(Reply::Text(rest.to_vec())),
            b'-' => Ok(Reply::Refused(shown(rest))),
            b'$' => {
                let length = std::str::from_utf8(rest).ok().and_then(|text| text.parse().ok());
                let length: usize = length.ok_or_else(strange)?;
                if length > MAX_ANSWER {
                    return Err(strange());
                }
                while self.read.len() < length + 2 {
                    self.more(until)?;
                }
                let mut text: Vec<u8> = self.read.drain(..length + 2).collect();
                if text.split_off(length) != b"\r\n" {
                    return Err(strange());
                }
                Ok(Reply::Text(text))
            }
            _ => Err(strange()),
        }
    }

    /// Up to the next end of a line, without it.
    fn line(&mut self, until: Instant) -> io::Result<Vec<u8>> {
        loop {
            if let Some(end) = self.read.windows(2).position(|two| two == b"\r\n") {
                let line = self.read[..end].to_vec();
                self.read.drain(..end + 2);
                return Ok(line);
            }
            self.more(until)?;
        }
    }

    fn more(&mut self, until: Instant) -> io::Result<()> {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        if self.read.len() > MAX_ANSWER {
            return Err(strange());
        }
        self.wire.socket().set_read_timeout(Some(left))?;
        let mut buffer = [0; 4 << 10];
        match self.wire.read(&mut buffer) {
            Ok(0) => Err(ErrorKind::ConnectionAborted.into()),
            Ok(read) => {
                self.read.extend(&buffer[..read]);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            // So a time-out of the socket is called on Linux.
            Err(error) if error.kind() == ErrorKind::WouldBlock => Err(ErrorKind::TimedOut.into()),
            Err(error) => Err(error),
        }
    }
}

fn strange() -> io::Error {
    io::Error::other(both!(
        "对方的回答不是 Valkey 或 Redis 的回答",
        "what answers is no Valkey and no Redis"
    ))
}

/// Words of the other end, for one line of a log.
fn shown(words: &[u8]) -> String {
    let text = String::from_utf8_lossy(words);
    text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(120).collect()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// What is made of an answer that comes in these pieces, some milliseconds apart.
    fn heard(pieces: &'static [&'static [u8]], ms: u64) -> io::Result<Reply> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let mut command = [0; 14];
            socket.read_exact(&mut command).unwrap();
            assert_eq!(&command, b"*1\r\n$4\r\nPING\r\n");
            for piece in pieces {
                if socket.write_all(piece).is_err() {
                    return;
                }
                thread::sleep(Duration::from_millis(ms));
            }
        });
        let socket = TcpStream::connect(address).unwrap();
        Connection::new(socket, None, Duration::from_millis(400)).unwrap().call(&[b"PING"])
    }

    #[test]
    fn answers_are_read_however_they_are_cut() {
        let text = |text: &str| Reply::Text(text.into());
        assert_eq!(heard(&[b"+PONG\r\n"], 0).unwrap(), text("PONG"));
        assert_eq!(heard(&[b":", b"7\r", b"\n"], 9).unwrap(), text("7"));
        assert_eq!(heard(&[b"$4\r\nab", b"\r\n\r", b"\n"], 9).unwrap(), text("ab\r\n"));
        assert_eq!(heard(&[b"$0\r\n\r\n"], 0).unwrap(), text(""));
        let refused = heard(&[b"-NOAUTH \x1b[2Jneeded\r\n"], 0).unwrap();
        assert_eq!(refused, Reply::Refused("NOAUTH [2Jneeded".into()));
    }

    #[test]
    fn what_is_no_answer_is_an_error_at_once_and_nothing_is_waited_for_longer_than_said() {
        const FLOOD: &[u8] = &[b'x'; 70_000];
        for pieces in [
            &[&b"$-1\r\n"[..]] as &[&[u8]],
            &[b"*0\r\n"],
            &[b"$99999999999999999999\r\n"],
            &[b"$65537\r\n"],
            &[b"$2\r\nabcd"],
            &[b"+PONG\r\n+PONG\r\n"],
            &[b"HTTP/1.1 400 Bad Request\r\n"],
            &[b"\r\n"],
            &[b"+", FLOOD, FLOOD],
            &[b"+half"],
        ] {
            // Leaked, so that the other thread may have it.
            let pieces: &'static [&'static [u8]] = Box::leak(
                pieces.iter().map(|piece| &*Box::leak(piece.to_vec().into_boxed_slice())).collect(),
            );
            assert!(heard(pieces, 0).is_err(), "{:?}", pieces[0]);
        }
        let began = Instant::now();
        let slow = heard(&[b"+a", b"b", b"c", b"d", b"e", b"f", b"g", b"h"], 100);
        assert_eq!(slow.unwrap_err().kind(), ErrorKind::TimedOut);
        assert!(began.elapsed() < Duration::from_millis(700));
    }
}
