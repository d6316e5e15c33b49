//! `onecode keygen` and `onecode key`.

use std::io::Write;
use std::path::Path;

use onecode::{Algorithm, PublicKey, SigningKey, SoftwareKey};
use pem_rfc7468::LineEnding;
use zeroize::Zeroizing;

use super::encode::{public_pem, read};
use super::Failure;

const LABEL: &str = "PRIVATE KEY";

pub(crate) fn generate(algorithm: Algorithm, out: Option<&Path>) -> Result<(), Failure> {
    let made = SoftwareKey::generate(algorithm).map_err(|error| Failure(error.to_string()))?;
    let pem = pem_rfc7468::encode_string(LABEL, LineEnding::LF, &made.pkcs8)
        .map(Zeroizing::new)
        .map_err(|error| Failure(format!("the key cannot be written: {error}")))?;
    match out {
        Some(file) => write_private(file, pem.as_bytes())
            .map_err(|error| Failure(format!("{}: {error}", file.display())))?,
        None => std::io::stdout()
            .write_all(pem.as_bytes())
            .map_err(|error| Failure(format!("standard output: {error}")))?,
    }
    eprint!("{}", describe(&made.key.public_key())?);
    Ok(())
}

pub(crate) fn show(file: &Path) -> Result<(), Failure> {
    let failed = |what: &str| Failure(format!("{}: {what}", file.display()));
    let bytes = Zeroizing::new(read(file)?);
    let (label, pkcs8) = pem_rfc7468::decode_vec(&bytes).map_err(|_| failed("this is no PEM"))?;
    let pkcs8 = Zeroizing::new(pkcs8);
    if label != LABEL {
        return Err(failed("not an unencrypted PKCS#8 key (BEGIN PRIVATE KEY)"));
    }
    let key = SoftwareKey::from_pkcs8(&pkcs8).map_err(|error| failed(&error.to_string()))?;
    print!("{}{}", describe(&key.public_key())?, public_pem(&key.public_key())?);
    Ok(())
}

fn describe(key: &PublicKey) -> Result<String, Failure> {
    Ok(format!(
        "algorithm   {}\njwk         {}\nthumbprint  {}\nkey id      {}\n",
        key.algorithm(),
        key.to_jwk(),
        key.jwk_thumbprint(),
        key.key_id()
    ))
}

/// A new file for its owner alone; a file that is there already stays as it is.
fn write_private(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(bytes)
}
