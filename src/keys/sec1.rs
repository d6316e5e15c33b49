//! Points in the form of SEC 1, on either of the two curves that have it.

/// A point on its curve, not at infinity, uncompressed: 4, x, y. The algorithm's own type around it
/// says which curve that is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Point([u8; 65]);

impl Point {
    /// From the coordinates, big endian, of a point already known to be one.
    pub(super) fn new(x: &[u8; 32], y: &[u8; 32]) -> Self {
        let mut bytes = [4; 65];
        bytes[1..33].copy_from_slice(x);
        bytes[33..].copy_from_slice(y);
        Point(bytes)
    }

    pub(super) fn uncompressed(&self) -> &[u8; 65] {
        &self.0
    }

    pub(super) fn compressed(&self) -> [u8; 33] {
        let mut bytes = [0; 33];
        bytes.copy_from_slice(&self.0[..33]);
        bytes[0] = 2 | (self.0[64] & 1);
        bytes
    }

    /// x and y, 32 bytes each, big endian.
    pub(super) fn coordinates(&self) -> (&[u8], &[u8]) {
        self.0[1..].split_at(32)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The generator of a curve, in every allowed form and in some forbidden ones.
    pub(in crate::keys) fn check(
        read: impl Fn(&[u8]) -> Option<Point>,
        x: &[u8; 32],
        y: &[u8; 32],
    ) {
        let read = |bytes: &[u8]| read(bytes).map(|point| point.0);
        let good = [&[4], &x[..], y].concat();
        let point = Point(read(&good).unwrap());
        assert_eq!(point.coordinates(), (&x[..], &y[..]));
        assert_eq!(read(&point.compressed()), Some(point.0));
        let mut negated = point.compressed();
        negated[0] ^= 1;
        assert_ne!(read(&negated).unwrap(), point.0);

        let mut off_curve = good.clone();
        off_curve[64] ^= 2;
        let mut hybrid = good.clone();
        hybrid[0] = 6 | (y[31] & 1);
        let cases = [
            ("off the curve", off_curve),
            ("hybrid", hybrid),
            ("x not below the prime", [&[2], &[0xff; 32][..]].concat()),
            ("infinity", vec![0]),
            ("infinity, padded", vec![0; 33]),
            ("x only", x.to_vec()),
            ("no tag", good[1..].to_vec()),
            ("y too short", good[..64].to_vec()),
            ("y too long", [&good[..], &[0]].concat()),
            ("nothing", vec![]),
        ];
        for (name, bytes) in cases {
            assert_eq!(read(&bytes), None, "{name}");
        }
    }
}
