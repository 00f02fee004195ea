package main

import "fmt"

// patient is an invented person. Every value is a canary.
type patient struct {
	name, id, birth, phone, street string
}

// patients are the invented people of the lab. ZZCANARY is a family name
// nobody has, so one search over any output proves or disproves a leak.
func patients() []patient {
	given := []string{"ALPHA", "BRAVO", "CHARLIE", "DELTA", "ECHO", "FOXTROT",
		"GOLF", "HOTEL", "INDIA", "JULIETT", "KILO", "LIMA"}
	var all []patient
	for i, g := range given {
		all = append(all, patient{
			name:   "ZZCANARY^" + g,
			id:     fmt.Sprintf("LZCAN-%06d", 101+i*7),
			birth:  fmt.Sprintf("19%02d0%d1%d", 31+i*5, 1+i%9, i%9),
			phone:  fmt.Sprintf("LZPHONE-%04d", 7000+i),
			street: fmt.Sprintf("%d ZZSTREET %s", i+1, g),
		})
	}
	return all
}

// study is an examination of a patient on a device.
type study struct {
	patient
	accession, uid string
	number         int
}

// newStudy gives the n-th study of the scenario, which belongs to patient
// n modulo their number, and notes its canaries.
func (l *Lab) newStudy(root string, n int) study {
	p := patients()[n%len(patients())]
	s := study{
		patient:   p,
		accession: fmt.Sprintf("LZACC-%05d", 40000+n*13),
		uid:       fmt.Sprintf("%s.20261123.%d", root, 5000+n*17),
		number:    n,
	}
	l.canaryPatient(p)
	l.canary("accession", s.accession)
	l.canary("study-uid", s.uid)
	return s
}

func (l *Lab) canaryPatient(p patient) {
	l.canary("patient-name", p.name)
	l.canary("patient-id", p.id)
	l.canary("phone", p.phone)
	l.canary("physician", "ZZDOCTOR^REFERRING")
}

// canary notes a value that no output may contain.
func (l *Lab) canary(kind, value string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.truth.Canaries {
		if c.Value == value {
			return
		}
	}
	l.truth.Canaries = append(l.truth.Canaries, Canary{kind, value})
}
