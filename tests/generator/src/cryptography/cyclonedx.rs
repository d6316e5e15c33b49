//! The file, as CycloneDX 1.6 has it.

use serde_json::{json, Value};

use super::primitives::primitives;
use super::roles::roles;

/// TLS as `rustls` with `ring` speaks it: none of it is SM.
const TLS_SUITES: [&str; 9] = [
    "TLS_AES_256_GCM_SHA384",
    "TLS_AES_128_GCM_SHA256",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
];

/// The inventory as CycloneDX 1.6, the same bytes on every run.
pub fn inventory() -> String {
    let property =
        |name: &str, value: &str| json!({ "name": format!("onecode:{name}"), "value": value });
    let mut components: Vec<Value> = Vec::new();
    for it in primitives() {
        let mut algorithm = json!({
            "primitive": it.kind,
            "executionEnvironment": "software-plain-ram",
            "implementationPlatform": "generic",
            "certificationLevel": ["none"],
            "cryptoFunctions": it.functions,
            "classicalSecurityLevel": it.bits,
            "nistQuantumSecurityLevel": 0,
        });
        if let Some(curve) = it.curve {
            algorithm["curve"] = curve.into();
        }
        components.push(json!({
            "type": "cryptographic-asset",
            "bom-ref": it.name,
            "name": it.name,
            "description": it.used_for.en,
            "cryptoProperties": { "assetType": "algorithm", "algorithmProperties": algorithm },
            "properties": [property("commercial-cryptography", &it.is_commercial.to_string())],
        }));
    }
    let suites = TLS_SUITES.map(|name| json!({ "name": name }));
    components.push(json!({
        "type": "cryptographic-asset",
        "bom-ref": "TLS",
        "name": "TLS",
        "description": "1.2 and 1.3, as rustls with ring speaks them",
        "cryptoProperties": {
            "assetType": "protocol",
            "protocolProperties": { "type": "tls", "version": "1.3", "cipherSuites": suites },
        },
        "properties": [property("commercial-cryptography", "false")],
    }));
    let mut dependencies = Vec::new();
    for role in roles() {
        components.push(json!({
            "type": "cryptographic-asset",
            "bom-ref": role.id,
            "name": role.name.en,
            "cryptoProperties": {
                "assetType": "related-crypto-material",
                "relatedCryptoMaterialProperties": { "type": role.kind },
            },
            "properties": [property("lives", role.lives.en), property("signs", &role.signs)],
        }));
        dependencies.push(json!({ "ref": role.id, "dependsOn": role.algorithms }));
    }
    let document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "onecode",
                "name": "onecode",
                "version": env!("CARGO_PKG_VERSION"),
                "licenses": [{ "license": { "id": "Apache-2.0" } }],
            },
        },
        "components": components,
        "dependencies": dependencies,
    });
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}
