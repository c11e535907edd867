//! The Regions to choose from: the favourites first, then those that were chosen last.

use latchkey_domain::Region;
use latchkey_domain::scope::KNOWN_REGIONS;
use latchkey_domain::settings::Settings;

const RECENT: usize = 4;

/// The headings of the list with the Regions below them: every known one once, and the one in view also if it is none
/// of them.
pub fn groups(settings: &Settings, in_view: Option<&Region>) -> Vec<(&'static str, Vec<Region>)> {
    let favourites = settings.favourite_regions.clone();
    let mut recent = settings.recent_regions.clone();
    recent.retain(|region| !favourites.contains(region));
    let known = KNOWN_REGIONS.iter().map(|known| Region::from(known.code));
    let unknown = in_view.filter(|region| region.known().is_none()).cloned();
    let mut others: Vec<Region> = unknown.into_iter().chain(known).collect();
    others.retain(|region| !favourites.contains(region) && !recent.contains(region));
    others.sort();
    let groups = [("Favourites", favourites), ("Recent", recent), ("Regions", others)];
    groups.into_iter().filter(|(_, regions)| !regions.is_empty()).collect()
}

/// The code of a Region, its name, and whether it has an endpoint for FIPS 140-2.
pub fn label(region: &Region) -> String {
    match region.known() {
        Some(known) if known.has_fips => format!("{region} · {} · FIPS", known.name),
        Some(known) => format!("{region} · {}", known.name),
        None => region.to_string(),
    }
}

/// Notes that a Region was chosen.
pub fn note_chosen(settings: &mut Settings, region: &Region) {
    settings.recent_regions.retain(|known| known != region);
    settings.recent_regions.insert(0, region.clone());
    settings.recent_regions.truncate(RECENT);
}

/// Makes a Region a favourite, or no longer one.
pub fn toggle_favourite(settings: &mut Settings, region: &Region) {
    let favourites = &mut settings.favourite_regions;
    match favourites.iter().position(|known| known == region) {
        Some(at) => drop(favourites.remove(at)),
        None => favourites.push(region.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn favourites_and_recent_regions_stand_above_the_others_and_none_is_there_twice() {
        let mut settings = Settings::default();
        for code in ["eu-west-1", "us-east-2", "eu-west-3", "ap-south-1", "eu-west-2", "eu-west-3"] {
            note_chosen(&mut settings, &code.into());
        }
        toggle_favourite(&mut settings, &"eu-west-2".into());
        let own = Region::from("local-test-1");
        let groups = groups(&settings, Some(&own));
        let shown = |at: usize| groups[at].1.iter().map(Region::as_str).collect::<Vec<_>>();
        assert_eq!(
            groups.iter().map(|(title, _)| *title).collect::<Vec<_>>(),
            ["Favourites", "Recent", "Regions"]
        );
        assert_eq!(shown(0), ["eu-west-2"]);
        assert_eq!(shown(1), ["eu-west-3", "ap-south-1", "us-east-2"], "the newest first, and no favourite");
        assert!(shown(2).contains(&"local-test-1"), "the Region of an own endpoint");
        let all: usize = groups.iter().map(|(_, regions)| regions.len()).sum();
        assert_eq!(all, KNOWN_REGIONS.len() + 1, "each once");
        toggle_favourite(&mut settings, &"eu-west-2".into());
        assert_eq!(settings.favourite_regions, [], "a favourite is taken back");
    }

    #[test]
    fn a_region_is_named_with_its_fips_mark() {
        assert_eq!(label(&"us-east-1".into()), "us-east-1 · US East (N. Virginia) · FIPS");
        assert_eq!(label(&"eu-central-1".into()), "eu-central-1 · Europe (Frankfurt)");
        assert_eq!(label(&"local-test-1".into()), "local-test-1");
    }
}
