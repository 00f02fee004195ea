package dicom

import (
	"lazaret/internal/dataset"
)

// readingOf is what is wanted of the data set of a command. Matches of a query are
// patients: of them nothing is wanted but whose they are.
func readingOf(field uint16) dataset.Mode {
	switch field {
	case cmdStore:
		return dataset.Object
	case cmdFind, cmdMove, cmdGet:
		return dataset.Query
	case cmdFind | cmdResponse, cmdNCreate, cmdNSet, cmdNGet | cmdResponse, cmdNCreate | cmdResponse:
		return dataset.Step
	}
	return dataset.Nothing
}

// filling is what a data set tells of while it is read: an operation, and whether
// the data set holds the keys of its query.
type filling struct {
	op    *operation
	query bool
	// match says that it is an answer to a query.
	match bool
}

// Take implements dataset.Sink.
func (a *analyzer) Take(r *dataset.Reader, v []byte) bool {
	op := a.filling.op
	if op == nil || op.closed {
		return false
	}
	switch {
	case a.filling.query:
		a.takeKey(r, v)
	case a.filling.match:
		a.memo.Enter(&op.match, a.f, r, v)
	default:
		a.memo.Enter((*target)(&op.rec), a.f, r, v)
	}
	return true
}

// TakeLong implements dataset.Sink.
func (a *analyzer) TakeLong(r *dataset.Reader) {
	if op := a.filling.op; a.filling.query && op != nil && !op.closed {
		op.keys.filled = addDistinct(op.keys.filled, dataset.KeyOf(r.Tag()).Name, maxListed)
	}
}

// target is the record of an operation as the target of a data set.
type target Operation

// Text implements dataset.Target.
func (t *target) Text(f dataset.Field) *string {
	switch f {
	case dataset.Implementation:
		return &t.ObjImplUID
	case dataset.Instance:
		return &t.SOPInstance
	case dataset.InstanceRoot:
		return &t.InstanceRoot
	case dataset.Accession:
		return &t.Accession
	case dataset.Modality:
		return &t.Modality
	case dataset.Manufacturer:
		return &t.Manufacturer
	case dataset.Institution:
		return &t.Institution
	case dataset.Station:
		return &t.Station
	case dataset.Department:
		return &t.Department
	case dataset.Model:
		return &t.Model
	case dataset.Patient:
		return &t.Patient
	case dataset.Serial:
		return &t.Serial
	case dataset.DeviceUID:
		return &t.DeviceUID
	case dataset.UDI:
		return &t.UDI
	case dataset.Study:
		return &t.Study
	case dataset.StationAE:
		return &t.StationAE
	case dataset.StepStatus:
		return &t.MPPSStatus
	}
	return nil
}

// List implements dataset.Target.
func (t *target) List(f dataset.Field) *[]string {
	if f == dataset.Software {
		return &t.Software
	}
	return &t.PrivCreators
}
