package syntax

// Part is what of a column is looked at.
type Part uint8

// Parts of a target and of a time.
const (
	Whole     Part = iota // the value as it is
	Stem                  // of a target: before the ?
	Extension             // of the last step of a target, without the dot
	Minute                // parts of a time, UTC (Modifiers Appendix, Time Modifiers)
	Hour
	Day
	Week // ISO 8601
	Month
	Year
)

var timeParts = map[string]Part{"minute": Minute, "hour": Hour, "day": Day, "week": Week, "month": Month, "year": Year}
