package clinical

import (
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/dicom"
	"lazaret/internal/vendordb"
)

// objectMaker is the maker that an object's instance UID or private elements
// name. Toolkits and public collections of images are no makers.
func objectMaker(op *dicom.Operation) string {
	if r, ok := vendordb.UIDRoot(op.InstanceRoot); ok && r.Kind == vendordb.RootMaker {
		return string(r.Maker)
	}
	for i, c := range op.PrivCreators {
		if i == clues.MaxList {
			break
		}
		if m, ok := vendordb.PrivateCreator(c); ok {
			return string(m)
		}
	}
	return ""
}

const (
	wProductMaker = 0.5
	wRootMaker    = 0.35
	wImplText     = 0.8
)

// implementation says who made the DICOM software of a party (PS3.7 D.3.3.2).
// A toolkit is named as software, never as the maker of the machine.
func implementation(o *clues.Out, who clues.Party, uid, version, source string) {
	p, ok := vendordb.Implementation(uid, version)
	switch {
	case ok:
		o.Say(who, clues.Implementation, p.Name, source, wImplText)
	case version != "":
		o.Say(who, clues.Implementation, version, source, wImplText)
	default:
		o.Say(who, clues.Implementation, uid, source, wImplText)
	}
	if ok && p.Kind == vendordb.ProductProduct {
		o.Say(who, clues.Manufacturer, string(p.Maker), source, wProductMaker)
		return
	}
	if r, known := vendordb.UIDRoot(uid); known && r.Kind == vendordb.RootMaker {
		o.Say(who, clues.Manufacturer, string(r.Maker), source, wRootMaker)
	}
}
