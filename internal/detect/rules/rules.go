// Package rules is the list of all behaviours, which stand in one package for each
// family, one file for each behaviour.
//
// It is the one place that knows them all: the program runs this list, the manual in
// docs/detections is written from it, and a test holds that each number stands once.
//
// It refuses to hold a behaviour itself, and it decides nothing. The order is that of the
// numbers within families, and the same in every run; what is found does not depend on
// it. Behaviours are shared and never change; their memory is made by New for each run
// and belongs to it. There is no standard for it.
package rules

import (
	"slices"

	"lazaret/internal/detect"
	"lazaret/internal/detect/rules/clinical"
	"lazaret/internal/detect/rules/habits"
	"lazaret/internal/detect/rules/kwampirs"
	"lazaret/internal/detect/rules/network"
	"lazaret/internal/detect/rules/windows"
)

// All lists all behaviours, by family and number. The copy is the caller's.
func All() []*detect.Behaviour {
	return slices.Concat(kwampirs.All(), clinical.All(), habits.All(), network.All(), windows.All())
}
