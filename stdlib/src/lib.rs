//! The project schema and libraries, written in .nx and embedded.

/// The embedded files: name and text.
pub fn files() -> &'static [(&'static str, &'static str)] {
    FILES
}

/// The types of the project file.
pub const PROJECT: &str = include_str!("../project.nx");

const FILES: &[(&str, &str)] = &[("project.nx", PROJECT)];

#[cfg(test)]
mod tests {
    #[test]
    fn every_file_has_its_name_once() {
        let mut names: Vec<_> = super::files().iter().map(|file| file.0).collect();
        names.sort();
        assert!(names.is_sorted_by(|a, b| a < b));
    }
}
