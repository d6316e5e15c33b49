//! A server of lists on this machine, honest or not.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What it does with one path in place of serving the file.
#[derive(Clone)]
pub enum Lie {
    /// This status and header.
    Status(&'static str),
    /// These bytes.
    Other(Vec<u8>),
    /// Bytes without end.
    Endless,
    /// A byte a second.
    Slow,
    /// It closes the connection after so many bytes of the file, once.
    BreaksOff(usize),
}

#[derive(Default)]
pub struct Asked {
    pub lies: HashMap<String, Lie>,
    /// Every request: its path, and the headers that matter.
    pub requests: Vec<String>,
}

pub struct Server {
    pub url: String,
    pub asked: Arc<Mutex<Asked>>,
}

impl Server {
    /// Serves this folder until the process ends.
    pub fn of(folder: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Asked::default()));
        let of_thread = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (folder, asked) = (folder.clone(), Arc::clone(&of_thread));
                thread::spawn(move || {
                    let _ = serve(stream, &folder, &asked);
                });
            }
        });
        Server { url, asked }
    }

    pub fn lie(&self, path: &str, lie: Lie) {
        self.asked.lock().unwrap().lies.insert(path.to_owned(), lie);
    }

    pub fn tell_the_truth(&self) {
        self.asked.lock().unwrap().lies.clear();
    }

    /// The requests since the last call.
    pub fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap().requests)
    }
}

fn serve(stream: TcpStream, folder: &std::path::Path, asked: &Mutex<Asked>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut out = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let path = line.split(' ').nth(1).unwrap_or("/").trim_start_matches('/').to_owned();
        let (mut tag, mut from, mut noted) = (None, 0, path.clone());
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            let Some((name, value)) = header.trim().split_once(": ") else { break };
            match name.to_ascii_lowercase().as_str() {
                "if-none-match" => tag = Some(value.to_owned()),
                "range" => {
                    from =
                        value.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap();
                    noted += &format!(" from {from}");
                }
                _ => {}
            }
        }
        let lie = {
            let mut asked = asked.lock().unwrap();
            let lie = asked.lies.get(&path).cloned();
            if matches!(lie, Some(Lie::BreaksOff(_))) {
                asked.lies.remove(&path);
            }
            asked.requests.push(noted);
            lie
        };
        let file = std::fs::read(folder.join(&path));
        let good = "HTTP/1.1 200 OK\r\ncontent-length: ";
        match (lie, file) {
            (Some(Lie::Status(status)), _) => {
                write!(out, "HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n")?;
            }
            (Some(Lie::Other(bytes)), _) => {
                write!(out, "{good}{}\r\n\r\n", bytes.len())?;
                out.write_all(&bytes)?;
            }
            (Some(Lie::Endless), _) => {
                write!(out, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")?;
                loop {
                    out.write_all(&[b'['; 65_536])?;
                }
            }
            (Some(Lie::Slow), _) => {
                write!(out, "{good}1000000\r\n\r\n")?;
                loop {
                    out.write_all(b"[")?;
                    thread::sleep(Duration::from_millis(500));
                }
            }
            (Some(Lie::BreaksOff(at)), Ok(bytes)) => {
                write!(out, "{good}{}\r\n\r\n", bytes.len())?;
                out.write_all(&bytes[..at])?;
                out.flush()?;
                return out.shutdown(std::net::Shutdown::Both);
            }
            (_, Err(_)) => write!(out, "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")?,
            (None, Ok(bytes)) => {
                let hash = bytes.iter().fold(7_u64, |hash, byte| {
                    hash.wrapping_mul(0x100_0000_01b3) ^ u64::from(*byte)
                });
                let etag = format!("\"{hash:x}\"");
                if tag.as_ref() == Some(&etag) {
                    asked.lock().unwrap().requests.push("304".to_owned());
                    write!(out, "HTTP/1.1 304 Not Modified\r\netag: {etag}\r\n\r\n")?;
                } else if from > 0 {
                    let rest = &bytes[from.min(bytes.len())..];
                    write!(
                        out,
                        "HTTP/1.1 206 Partial Content\r\ncontent-range: bytes {from}-{}/{}\r\n\
                         content-length: {}\r\n\r\n",
                        bytes.len() - 1,
                        bytes.len(),
                        rest.len()
                    )?;
                    out.write_all(rest)?;
                } else {
                    write!(out, "{good}{}\r\netag: {etag}\r\n\r\n", bytes.len())?;
                    out.write_all(&bytes)?;
                }
            }
        }
        out.flush()?;
    }
}
