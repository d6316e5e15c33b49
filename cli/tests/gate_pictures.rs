//! Pictures at a gate: those with a code are read, and no other stops it.

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;

use run::gate::{number, World, AT};
use run::{good, lines, onecode};

#[test]
fn pictures_are_read_and_those_that_cannot_be_are_named() {
    let world = World::new("scanned_pictures");
    let file = |name: &str| world.folder.join(name).to_str().unwrap().to_owned();
    let png = file("code.png");
    let show = ["show", "--world", &world.world, "--card", "lin-yue", "--at", AT, "--png", &png];
    good(&onecode(&show));
    let bytes = std::fs::read(&png).unwrap();
    std::fs::write(file("cut.png"), &bytes[..bytes.len() / 2]).unwrap();
    std::fs::write(file("text.png"), "no picture").unwrap();
    std::fs::write(file("empty.png"), "").unwrap();
    // As a phone takes it: JPEG, with a name that says otherwise.
    let decoded = image::load_from_memory(&bytes).unwrap().to_luma8();
    let jpeg = file("photo");
    decoded.save_with_format(&jpeg, image::ImageFormat::Jpeg).unwrap();
    let blank = file("blank.png");
    image::GrayImage::from_pixel(300, 300, image::Luma([255])).save(&blank).unwrap();
    // A picture that says it is enormous.
    let mut huge = bytes.clone();
    huge[16..20].copy_from_slice(&2_000_000_000_u32.to_be_bytes());
    std::fs::write(file("huge.png"), huge).unwrap();

    let names = ["vanished.png", "cut.png", "text.png", "empty.png", "huge.png", "blank.png", "."];
    let files: Vec<String> = names.iter().map(|name| file(name)).collect();
    let mut arguments = world.arguments(&["--application", "422", "--at", AT]);
    arguments.extend(files.iter().map(String::as_str));
    arguments.extend([jpeg.as_str(), png.as_str()]);
    let output = onecode(&arguments);
    let lines = lines(&output);
    assert_eq!(lines.len(), names.len() + 2);
    for (line, file) in lines.iter().zip(&files) {
        assert_eq!((&line["verdict"], &line["picture"]), (&"unread".into(), &file.as_str().into()));
    }
    assert_eq!((number(&lines[7]), number(&lines[8])), (0, 0));
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told.lines().count(), names.len(), "{told}");
    assert!(told.contains("blank.png: no QR code in the picture") && !told.contains("panicked"));
}

/// As screens in dark mode show it, and as designers export it.
#[test]
fn codes_light_on_dark_and_on_transparent_paper_are_read() {
    let world = World::new("pictures_dark");
    let png = world.folder.join("code.png").to_str().unwrap().to_owned();
    let show = ["show", "--world", &world.world, "--card", "lin-yue", "--at", AT, "--png", &png];
    good(&onecode(&show));
    let code = image::open(&png).unwrap().to_luma8();
    // Half the size, as half the time is enough.
    let (width, height) = (code.width() / 2, code.height() / 2);
    let filter = image::imageops::FilterType::Nearest;
    let code = image::imageops::resize(&code, width, height, filter);
    let is_dark = |x: u32, y: u32| code.get_pixel(x, y).0[0] < 128;
    // The colour of the modules, and that of the paper: red, green, blue, how much is seen.
    type Colour = [u8; 4];
    let colours: [(&str, Colour, Colour); 8] = [
        ("light on dark", [255, 255, 255, 255], [0, 0, 0, 255]),
        ("yellow on blue", [255, 220, 80, 255], [10, 20, 90, 255]),
        ("black on nothing", [0, 0, 0, 255], [0, 0, 0, 0]),
        ("black on nothing white", [0, 0, 0, 255], [255, 255, 255, 0]),
        ("white on nothing", [255, 255, 255, 255], [255, 255, 255, 0]),
        ("white on nothing black", [255, 255, 255, 255], [0, 0, 0, 0]),
        ("holes in black", [0, 0, 0, 0], [0, 0, 0, 255]),
        ("holes in white", [255, 255, 255, 0], [255, 255, 255, 255]),
    ];
    let mut files = Vec::new();
    for (name, module, paper) in colours {
        let file = world.folder.join(format!("{name}.png"));
        let picture = image::RgbaImage::from_fn(width, height, |x, y| {
            image::Rgba(if is_dark(x, y) { module } else { paper })
        });
        picture.save(&file).unwrap();
        files.push(file);
    }
    // Without the margin of light, as a screenshot that was cut.
    let margin = (0..width).find(|x| (0..height).any(|y| is_dark(*x, y))).unwrap();
    let cut = image::GrayImage::from_fn(width - 2 * margin + 8, height - 2 * margin + 8, |x, y| {
        let (x, y) = (x + margin - 4, y + margin - 4);
        image::Luma([if is_dark(x, y) { 255 } else { 0 }])
    });
    files.push(world.folder.join("cut.png"));
    cut.save(files.last().unwrap()).unwrap();
    // As a front camera shows it.
    files.push(world.folder.join("mirrored.png"));
    image::imageops::flip_horizontal(&code).save(files.last().unwrap()).unwrap();
    // 16 bits a colour.
    let deep = image::DynamicImage::ImageLuma8(code.clone()).to_rgba16();
    files.push(world.folder.join("deep.png"));
    deep.save(files.last().unwrap()).unwrap();

    let mut arguments = world.arguments(&["--application", "422", "--at", AT]);
    arguments.extend(files.iter().map(|file| file.to_str().unwrap()));
    let output = onecode(&arguments);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines = lines(&output);
    assert_eq!(lines.len(), files.len());
    for (line, file) in lines.iter().zip(&files) {
        assert_eq!(line["verdict"], "accepted", "{}: {line} {told}", file.display());
    }
}

/// Damaged, turned, noisy and meaningless pictures: an answer for each, and never a crash.
#[test]
fn no_picture_stops_the_gate() {
    let count: u64 = std::env::var("ONECODE_PICTURES").map_or(30, |count| count.parse().unwrap());
    let world = World::new("noise");
    let png = world.folder.join("code.png");
    let png = png.to_str().unwrap();
    let show = ["show", "--world", &world.world, "--card", "lin-yue", "--at", AT, "--png", png];
    good(&onecode(&show));
    let code = image::open(png).unwrap().to_luma8();
    let mut random = fastrand::Rng::with_seed(7);
    let mut files = Vec::new();
    for number in 0..count {
        let mut picture = match number % 6 {
            0 => image::imageops::rotate90(&code),
            1 => image::imageops::flip_horizontal(&code),
            2 => {
                let (side, filter) = (random.u32(8..200), image::imageops::FilterType::Nearest);
                image::imageops::resize(&code, side, side, filter)
            }
            3 => image::GrayImage::from_fn(random.u32(1..300), random.u32(1..300), |_, _| {
                image::Luma([random.u8(..)])
            }),
            _ => code.clone(),
        };
        let (width, height) = picture.dimensions();
        for _ in 0..random.u32(0..=width * height / [12, 100, 1_000][number as usize % 3]) {
            let (x, y) = (random.u32(..width), random.u32(..height));
            picture.put_pixel(x, y, image::Luma([random.u8(..)]));
        }
        for _ in 0..random.u32(0..4) {
            let (left, top) = (random.u32(..width), random.u32(..height));
            let shade = image::Luma([random.u8(..)]);
            for x in left..(left + width / 5).min(width) {
                for y in top..(top + height / 5).min(height) {
                    picture.put_pixel(x, y, shade);
                }
            }
        }
        let file = world.folder.join(format!("{number}.png"));
        picture.save(&file).unwrap();
        if number % 7 == 0 {
            let mut bytes = std::fs::read(&file).unwrap();
            let at = random.usize(..bytes.len());
            bytes[at] ^= 1 << random.u8(..8);
            std::fs::write(&file, bytes).unwrap();
        }
        files.push(file.to_str().unwrap().to_owned());
    }
    let mut arguments = world.arguments(&["--application", "422", "--at", AT]);
    arguments.extend(files.iter().map(String::as_str));
    let output = onecode(&arguments);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !told.contains("panicked"), "{told}");
    let lines = lines(&output);
    assert!(lines.len() >= files.len());
    let count = |verdict: &str| lines.iter().filter(|line| line["verdict"] == verdict).count();
    let (accepted, unread) = (count("accepted"), count("unread"));
    say!("{} damaged pictures: {accepted} accepted, {unread} unread", files.len());
    assert!(accepted > 0 && unread > 0);
}
