//! What systemd is told of a unit with `Type=notify`: that it is ready, and that it is alive
//! (sd_notify(3)).

use std::time::{Duration, Instant};

/// Whoever supervises this process. Where nobody does, telling it does nothing.
#[derive(Debug)]
pub struct Supervisor {
    #[cfg(target_os = "linux")]
    socket: Option<(std::os::unix::net::UnixDatagram, std::os::unix::net::SocketAddr)>,
    /// How often it wants a sign of life, at the least.
    every: Option<Duration>,
    told: Option<Instant>,
}

impl Supervisor {
    /// The one that the environment names (`NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`).
    pub fn of_environment() -> Self {
        let variable = |name| std::env::var(name).ok();
        let is_ours =
            variable("WATCHDOG_PID").is_none_or(|pid| pid == std::process::id().to_string());
        let every = variable("WATCHDOG_USEC").filter(|_| is_ours).and_then(|us| us.parse().ok());
        Supervisor {
            #[cfg(target_os = "linux")]
            socket: std::env::var_os("NOTIFY_SOCKET").and_then(|name| linux::open(&name)),
            every: every.map(Duration::from_micros),
            told: None,
        }
    }

    /// How often [`Supervisor::alive`] has to be called: well before a sign of life is missed. None
    /// where nobody waits for one.
    pub fn beat(&self) -> Option<Duration> {
        self.every.map(|every| every / 4)
    }

    /// The process does what it is there for.
    pub fn ready(&mut self) {
        self.tell("READY=1");
    }

    /// The process goes on. More often than [`Supervisor::beat`] asks, it costs nothing.
    pub fn alive(&mut self) {
        let Some(beat) = self.beat() else { return };
        if self.told.is_none_or(|told| told.elapsed() >= beat) {
            self.told = Some(Instant::now());
            self.tell("WATCHDOG=1");
        }
    }

    /// The process ends in order.
    pub fn stopping(&mut self) {
        self.tell("STOPPING=1");
    }

    #[cfg(target_os = "linux")]
    fn tell(&self, state: &str) {
        if let Some((socket, address)) = &self.socket {
            // Whoever does not listen restarts the process by its own rule.
            let _ = socket.send_to_addr(state.as_bytes(), address);
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn tell(&self, _: &str) {}
}

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::OsStr;
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::net::{SocketAddr, UnixDatagram};

    /// A path, or a name without a file that begins with `@`.
    pub(super) fn open(name: &OsStr) -> Option<(UnixDatagram, SocketAddr)> {
        let address = match name.as_bytes() {
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name),
            _ => SocketAddr::from_pathname(name),
        };
        let socket = UnixDatagram::unbound().ok()?;
        socket.set_nonblocking(true).ok()?;
        Some((socket, address.ok()?))
    }
}
