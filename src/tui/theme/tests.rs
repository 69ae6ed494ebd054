use super::*;

/// Red, green and blue, 0 to 1, without gamma.
type Light = [f64; 3];

/// The first sixteen colours as xterm and as the VGA card show them: the terminal's own, so both must do.
const XTERM: [u32; 16] = [
    0x00_00_00, 0xcd_00_00, 0x00_cd_00, 0xcd_cd_00, 0x00_00_ee, 0xcd_00_cd, 0x00_cd_cd, 0xe5_e5_e5,
    0x7f_7f_7f, 0xff_00_00, 0x00_ff_00, 0xff_ff_00, 0x5c_5c_ff, 0xff_00_ff, 0x00_ff_ff, 0xff_ff_ff,
];
const VGA: [u32; 16] = [
    0x00_00_00, 0xaa_00_00, 0x00_aa_00, 0xaa_55_00, 0x00_00_aa, 0xaa_00_aa, 0x00_aa_aa, 0xaa_aa_aa,
    0x55_55_55, 0xff_55_55, 0x55_ff_55, 0xff_ff_55, 0x55_55_ff, 0xff_55_ff, 0x55_ff_ff, 0xff_ff_ff,
];

fn light(colour: Color, sixteen: &[u32; 16]) -> Light {
    let Color::Indexed(at) = colour else { panic!("{colour:?} is not of the palette") };
    let bytes = match at {
        0..16 => sixteen[at as usize].to_be_bytes()[1..].try_into().unwrap(),
        16..232 => {
            let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
            let at = at - 16;
            [level(at / 36), level(at / 6 % 6), level(at % 6)]
        }
        232.. => [8 + 10 * (at - 232); 3],
    };
    bytes.map(|byte| {
        let v = f64::from(byte) / 255.0;
        if v <= 0.04045 { v / 12.92 } else { libm::pow((v + 0.055) / 1.055, 2.4) }
    })
}

fn luminance([r, g, b]: Light) -> f64 {
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// Contrast of two colours as WCAG 2 defines it: 1 to 21.
fn contrast(a: Light, b: Light) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// What an eye without the long (protanopia) or the medium (deuteranopia) cones sees, after Viénot, Brettel and
/// Mollon (1999).
fn as_seen_by([r, g, b]: Light, protanope: bool) -> Light {
    let (x, y, z) = if protanope { (0.112_38, 0.887_62, 0.004_01) } else { (0.292_75, 0.707_25, -0.022_34) };
    let mixed = x * r + y * g;
    [mixed, mixed, (z * r - z * g + b).clamp(0.0, 1.0)]
}

/// Distance of two colours in CIE L*a*b*: about 2 is just seen, 10 at a glance.
fn distance(a: Light, b: Light) -> f64 {
    let lab = |[r, g, b]: Light| {
        let f = |t: f64| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
        let x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
        let y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
        let z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    };
    lab(a).iter().zip(lab(b)).map(|(p, q)| (p - q).powi(2)).sum::<f64>().sqrt()
}

fn coloured() -> impl Iterator<Item = (Theme, Depth, &'static [u32; 16])> {
    let kinds = ThemeKind::ALL.into_iter().filter(|kind| *kind != ThemeKind::Plain);
    let depths = [(Depth::Indexed, &XTERM), (Depth::Sixteen, &XTERM), (Depth::Sixteen, &VGA)];
    kinds
        .flat_map(move |kind| depths.map(|(depth, sixteen)| (Theme::with_depth(kind, depth), depth, sixteen)))
}

#[test]
fn every_role_can_be_read_on_its_ground() {
    for (theme, depth, sixteen) in coloured() {
        let t = &theme;
        let small = if depth == Depth::Sixteen { 2.5 } else { 3.0 };
        let roles = [
            // Text: level AA.
            ("text", t.text, 4.5),
            ("dim", t.dim, 4.5),
            ("strong", t.strong, 4.5),
            ("accent", t.accent, 4.5),
            ("good", t.good, 4.5),
            ("warn", t.warn, 4.5),
            ("bad", t.bad, 4.5),
            ("selected", t.selected, 4.5),
            ("title bar", t.title_bar, 4.5),
            ("key", t.key, 4.5),
            ("panel title", t.panel_title, 4.5),
            ("alarm", t.alarm, 4.5),
            // Shapes and lines.
            ("border", t.border, 3.0),
            ("link", t.link, 3.0),
            ("message", t.message, 3.0),
            ("replication", t.replication, 3.0),
            ("dot", t.dot, 3.0),
            ("reply", t.reply, 3.0),
            ("write", t.write, 3.0),
            // What is barely there, still there. Sixteen colours have one grey only.
            ("idle link", t.link_idle, small),
            ("faint", t.faint, 2.0),
        ];
        for (name, style, least) in roles {
            let light = |c: Option<Color>| light(c.or(t.text.bg).expect("the ground is painted"), sixteen);
            let found = contrast(light(style.fg), light(style.bg));
            assert!(found >= least, "{:?} {depth:?} {name}: {found:.2} of {least}", t.kind);
        }
    }
}

#[test]
fn roles_differ_where_their_meaning_does() {
    for (theme, depth, _) in coloured() {
        let t = &theme;
        let mut groups = vec![
            vec![("good", t.good), ("warn", t.warn), ("bad", t.bad)],
            vec![("link", t.link), ("idle link", t.link_idle)],
            vec![("dot", t.dot), ("write", t.write), ("bad", t.bad), ("reply", t.reply)],
            vec![("message", t.message), ("replication", t.replication), ("dot", t.dot)],
            vec![("selected", t.selected), ("alarm", t.alarm), ("text", t.text)],
            vec![("key", t.key), ("dim", t.dim)],
        ];
        if depth == Depth::Indexed {
            groups.push(vec![("text", t.text), ("dim", t.dim), ("strong", t.strong), ("faint", t.faint)]);
        }
        for group in groups {
            for (i, (a, x)) in group.iter().enumerate() {
                for (b, y) in &group[i + 1..] {
                    assert_ne!((x.fg, x.bg), (y.fg, y.bg), "{:?} {depth:?}: {a} looks as {b}", t.kind);
                }
            }
        }
    }
    let plain = Theme::new(ThemeKind::Plain);
    assert!(plain.selected != plain.text && plain.alarm != plain.text && plain.dim != plain.text);
}

#[test]
fn the_colour_blind_theme_keeps_good_warn_and_bad_apart_for_every_eye() {
    let theme = Theme::new(ThemeKind::ColourBlind);
    let [good, warn, bad] =
        [theme.good, theme.warn, theme.bad].map(|style| light(style.fg.expect("a colour"), &XTERM));
    let eyes: [fn(Light) -> Light; 4] = [
        |l| l,
        |l| as_seen_by(l, true),
        |l| as_seen_by(l, false),
        // No colour at all.
        |l| [luminance(l); 3],
    ];
    for (eye, see) in eyes.iter().enumerate() {
        for (name, a, b) in [("good, warn", good, warn), ("warn, bad", warn, bad), ("good, bad", good, bad)] {
            let found = distance(see(a), see(b));
            let least = if eye == 3 { 5.0 } else { 20.0 };
            assert!(found >= least, "eye {eye}: {name} are {found:.1} apart");
        }
    }
    // The measure can fail: the green and the red of a traffic light are one colour to a protanope.
    let (green, red) = ([0.1, 0.35, 0.02], [0.75, 0.1, 0.05]);
    assert!(distance(green, red) > 40.0);
    assert!(distance(as_seen_by(green, false), as_seen_by(red, false)) < 20.0);
}

#[test]
fn heat_is_calm_until_it_matters() {
    let theme = Theme::new(ThemeKind::Dark);
    assert_eq!(theme.heat(0.79), theme.good);
    assert_eq!(theme.heat(0.80), theme.warn);
    assert_eq!(theme.heat(0.95), theme.bad);
}

#[test]
fn plain_has_no_colour() {
    for theme in [Theme::new(ThemeKind::Plain), Theme::with_depth(ThemeKind::Dark, Depth::Mono)] {
        let debug = format!("{theme:?}");
        assert!(!debug.contains("Indexed") && !debug.contains("Rgb"), "{debug}");
        assert_eq!(theme.kind, ThemeKind::Plain);
    }
}

#[test]
fn names_are_read_as_they_are_written() {
    for kind in ThemeKind::ALL {
        assert_eq!(kind.name().parse(), Ok(Choice::Theme(kind)));
    }
    assert_eq!("auto".parse(), Ok(Choice::Auto));
    assert_eq!("plain".parse(), Ok(Choice::Theme(ThemeKind::Plain)));
    assert!("pink".parse::<Choice>().unwrap_err().contains(CHOICES));
}
