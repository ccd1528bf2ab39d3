//! A terminal's cells as an SVG picture.
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use std::fmt::Write;

const WIDTH: u32 = 9;
const HEIGHT: u32 = 18;

fn hex(color: Color, otherwise: &'static str) -> &'static str {
    match color {
        Color::Black => "#000000",
        Color::Red => "#c01c28",
        Color::Green => "#26a269",
        Color::Yellow => "#e5a50a",
        Color::DarkGray => "#5e5c64",
        Color::Gray => "#c0bfbc",
        Color::White => "#ffffff",
        _ => otherwise,
    }
}

/// Every cell with its background, and its symbol where it has one.
pub fn svg(buffer: &Buffer) -> String {
    let (columns, rows) = (u32::from(buffer.area().width), u32::from(buffer.area().height));
    let (width, height) = (columns * WIDTH, rows * HEIGHT);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" font-family=\"monospace\" \
         font-size=\"15\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"#1e1e1e\"/>\n"
    );
    for (at, cell) in (0..).zip(buffer.content()) {
        let (x, y) = (at % columns * WIDTH, at / columns * HEIGHT);
        let background = hex(cell.bg, "");
        if !background.is_empty() {
            let _ = writeln!(
                svg,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"{background}\"/>"
            );
        }
        let (ink, baseline) = (hex(cell.fg, "#d0cfcc"), y + HEIGHT - 5);
        let weight = if cell.modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
        match cell.symbol() {
            " " => {}
            // Blocks are drawn, since a font's own leave seams.
            "█" => bar(&mut svg, x, y, ink, "1"),
            "▒" => bar(&mut svg, x, y, ink, "0.5"),
            symbol => {
                let symbol = symbol.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                let _ =
                    writeln!(svg, "<text x=\"{x}\" y=\"{baseline}\" fill=\"{ink}\"{weight}>{symbol}</text>");
            }
        }
    }
    svg + "</svg>\n"
}

fn bar(svg: &mut String, x: u32, y: u32, ink: &str, opacity: &str) {
    let _ = writeln!(
        svg,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"{ink}\" fill-opacity=\"{opacity}\"/>"
    );
}
