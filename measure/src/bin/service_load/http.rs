//! A load generator for HTTP/1.1: prepared requests over connections that stay open, each sending its
//! next request when it has the answer to the last.
//!
//! It does the least that a client can do, because it runs on the service's processors.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Barrier;
use std::time::{Duration, Instant};

use serde_json::Value;

/// An answer that takes longer is none.
const PATIENCE: Duration = Duration::from_secs(30);

/// The bytes of a request with a JSON body.
pub fn post(path: &str, token: Option<&str>, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let token = token.map_or(String::new(), |token| format!("authorization: Bearer {token}\r\n"));
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\n{token}content-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// What became of one request.
pub struct Answer {
    pub took: Duration,
    /// 0 where there was no answer.
    pub status: u16,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Result<Value, String> {
        let shown = || String::from_utf8_lossy(&self.body).into_owned();
        if !(200..300).contains(&self.status) {
            return Err(format!("status {}: {}", self.status, shown()));
        }
        serde_json::from_slice(&self.body).map_err(|error| format!("{error}: {}", shown()))
    }
}

/// Sends all of them; how long that took, and the answers in the same order.
pub fn send_all(
    address: SocketAddr,
    connections: usize,
    requests: &[Vec<u8>],
) -> (Duration, Vec<Answer>) {
    let next = AtomicUsize::new(0);
    let barrier = Barrier::new(connections + 1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..connections)
            .map(|_| {
                scope.spawn(|| {
                    let mut connection = Connection::open(address);
                    let mut answers = Vec::new();
                    barrier.wait();
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(request) = requests.get(at) else { return answers };
                        answers.push((at, ask(&mut connection, address, request)));
                    }
                })
            })
            .collect();
        barrier.wait();
        let began = Instant::now();
        let mut answers = Vec::with_capacity(requests.len());
        for worker in workers {
            answers.extend(worker.join().expect("a connection's thread"));
        }
        let took = began.elapsed();
        answers.sort_unstable_by_key(|(at, _)| *at);
        (took, answers.into_iter().map(|(_, answer)| answer).collect())
    })
}

fn ask(connection: &mut io::Result<Connection>, address: SocketAddr, request: &[u8]) -> Answer {
    let began = Instant::now();
    let answered = match connection {
        Ok(connection) => connection.ask(request),
        Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
    };
    let took = began.elapsed();
    match answered {
        Ok((status, body)) => Answer { took, status, body },
        Err(error) => {
            *connection = Connection::open(address);
            Answer { took, status: 0, body: error.to_string().into_bytes() }
        }
    }
}

struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Connection { stream, read: Vec::with_capacity(4_096) })
    }

    /// One request, and the status and body of its answer.
    fn ask(&mut self, request: &[u8]) -> io::Result<(u16, Vec<u8>)> {
        self.stream.write_all(request)?;
        self.read.clear();
        let head = loop {
            self.more()?;
            if let Some(at) = self.read.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let (status, length) = status_and_length(&self.read[..head])
            .ok_or_else(|| io::Error::other("an answer without status or content-length"))?;
        while self.read.len() < head + length {
            self.more()?;
        }
        Ok((status, self.read[head..head + length].to_vec()))
    }

    fn more(&mut self) -> io::Result<()> {
        let mut buffer = [0; 4_096];
        match self.stream.read(&mut buffer)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                self.read.extend_from_slice(&buffer[..read]);
                Ok(())
            }
        }
    }
}

fn status_and_length(head: &[u8]) -> Option<(u16, usize)> {
    let head = std::str::from_utf8(head).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().filter_map(|line| line.split_once(':'));
    let mut length = length.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    Some((status, length.next()?.1.trim().parse().ok()?))
}
