package cast

import "fmt"

// Patient is an invented person. Every value is a canary.
type Patient struct {
	Name, ID, Birth, Phone, Street string
}

// Patients are the invented people of the lab. ZZCANARY is a family name
// nobody has, so one search over any output proves or disproves a leak.
func Patients() []Patient {
	given := []string{"ALPHA", "BRAVO", "CHARLIE", "DELTA", "ECHO", "FOXTROT",
		"GOLF", "HOTEL", "INDIA", "JULIETT", "KILO", "LIMA"}
	var all []Patient
	for i, g := range given {
		all = append(all, Patient{
			Name:   "ZZCANARY^" + g,
			ID:     fmt.Sprintf("LZCAN-%06d", 101+i*7),
			Birth:  fmt.Sprintf("19%02d0%d1%d", 31+i*5, 1+i%9, i%9),
			Phone:  fmt.Sprintf("LZPHONE-%04d", 7000+i),
			Street: fmt.Sprintf("%d ZZSTREET %s", i+1, g),
		})
	}
	return all
}

// Study is an examination of a patient on a device.
type Study struct {
	Patient
	Accession, UID string
	Number         int
}

// NewStudy is study number n of a device whose instance UIDs begin with root.
// It belongs to patient n modulo their number.
func NewStudy(root string, n int) Study {
	all := Patients()
	return Study{
		Patient:   all[n%len(all)],
		Accession: fmt.Sprintf("LZACC-%05d", 40000+n*13),
		UID:       fmt.Sprintf("%s.20261123.%d", root, 5000+n*17),
		Number:    n,
	}
}
