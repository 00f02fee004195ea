// Package trace reconstructs who infected whom, from timed and graded contacts.
//
// It gets what was seen: contacts between devices in the order of time, each with a grade
// and with whether a finding stands behind it (hostile), or it is everyday traffic. It
// gives back, for each device that took part, how likely it is infected, by whom and
// since when; and for the whole, where it began.
//
// The model. A device is infected once, and stays so. Four things infect: a hostile
// contact, with a chance by its grade; an everyday contact from an infected device, with a
// small chance; a contact that was not seen; and an introduction from outside, of which
// there is at least one. Between its infection and its first own hostile act a device
// waits, log-normally. A hostile contact proves that its source is infected: so, given
// where it all began, the parents of devices are independent of each other, and their
// chances are exact sums, not samples. Where it began is summed over too: over all devices
// and times, and over the case that the first one caught it from a device that this sensor
// cannot see. If it began before watching did, the first one that was seen may have caught it
// from any device: that part of its chance goes to those that are not seen. The chances of the grades, the wait and the share of contacts that are not
// seen are estimated from the same contacts by expectation and maximization, held by their
// priors in Config.
//
// It refuses to guess where nothing speaks: a device without parents in sight is told as
// such, two parents that are alike likely are told as two. It knows no device, rule or
// record, only numbers; it opens nothing, reads no clock, and gives the same answer for
// the same contacts. Memory: a few words for each contact between devices that take part;
// Config bounds the devices and contacts. A Result shares nothing with its input.
//
// The form of the likelihood follows Wallinga and Teunis (2004) for parents by time,
// Cori et al. (2013) for rates, and Jombart et al. (2014) for introductions and unseen
// cases.
package trace

import (
	"errors"
	"fmt"

	"lazaret/internal/event"
)

// Grade is how far a contact went.
type Grade uint8

// The grades, from the least.
const (
	Nothing   Grade = iota // it reached nobody
	Touched                // it was tried, or refused
	Entered                // an administrative share or a session was granted
	Written                // a program was written and acknowledged
	Exploited              // the victim's own answer shows it
	Proven                 // written and acknowledged, then started and acknowledged
	Grades                 // how many there are
)

// String is the word of the design for a grade.
func (g Grade) String() string {
	return [...]string{"nothing", "touched", "entered", "written", "exploited", "proven", "unknown"}[min(g, Grades)]
}

// Contact is one device reaching another. A hostile act that reaches no device that is
// known has the Grade Nothing: it tells of its Source alone.
type Contact struct {
	Time           event.Time
	Source, Target int32 // devices, from 0
	Grade          Grade
	Hostile        bool // a finding stands behind it
}

// Chances are of contacts, by how far they went.
type Chances struct {
	Touched   float64 `toml:"touched"`
	Entered   float64 `toml:"entered"`
	Written   float64 `toml:"written"`
	Exploited float64 `toml:"exploited"`
	Proven    float64 `toml:"proven"`
}

// Of are the chances by grade.
func (c Chances) Of() [Grades]float64 {
	return [Grades]float64{0, c.Touched, c.Entered, c.Written, c.Exploited, c.Proven}
}

// Config is what is taken for likely before anything is seen, and the bounds.
type Config struct {
	Transmit   Chances    `toml:"transmit" doc:"chance that a hostile contact infects, by how far it went; the contacts of an outbreak correct it"`
	Everyday   Chances    `toml:"everyday" doc:"chance that a contact as every day from an infected device does"`
	Trust      float64    `toml:"trust" doc:"how many contacts of each grade these chances are worth against those of an outbreak"`
	Wait       float64    `toml:"wait" doc:"seconds from infection to the first own hostile act: the median"`
	WaitSpread float64    `toml:"wait_spread" doc:"standard deviation of the natural logarithm of that"`
	Hidden     float64    `toml:"hidden" doc:"share of infections by contacts that this sensor does not see"`
	Unseen     float64    `toml:"unseen" doc:"chance that the first device caught it from one that this sensor does not see"`
	Again      float64    `toml:"again" doc:"further introductions that are expected"`
	Before     float64    `toml:"before" doc:"seconds before the first contact in which it may have begun"`
	Late       float64    `toml:"late" doc:"chance that a device that was infected before watching began caught it from another"`
	Since      event.Time `toml:"-"` // when watching began; 0 for long before
	Rounds     int        `toml:"rounds" doc:"rounds of estimation"`
	MaxNodes   int        `toml:"max_nodes" doc:"most devices that are weighed in an incident; those that were hit latest are left out"`
	MaxOptions int        `toml:"max_options" doc:"most contacts that are weighed for each, the latest"`
}

// DefaultConfig is for a hospital's network; the chances are proposals, which the
// contacts of an outbreak correct.
func DefaultConfig() Config {
	return Config{
		Transmit: Chances{0.002, 0.1, 0.4, 0.95, 0.98},
		Everyday: Chances{1e-5, 1e-4, 1e-3, 1e-3, 1e-3},
		Trust:    20, Wait: 3600, WaitSpread: 1.5, Hidden: 0.05, Unseen: 0.1, Again: 0.05, Before: 30 * 86400, Late: 0.3,
		Rounds: 8, MaxNodes: 10_000, MaxOptions: 256,
	}
}

// Validate names every value that makes no sense.
func (c Config) Validate() error {
	var errs []error
	chance := func(name string, v float64) {
		if !(v > 0 && v < 1) {
			errs = append(errs, fmt.Errorf("%s: %v is not between 0 and 1", name, v))
		}
	}
	transmit, everyday := c.Transmit.Of(), c.Everyday.Of()
	for g := Touched; g < Grades; g++ {
		chance("transmit."+g.String(), transmit[g])
		chance("everyday."+g.String(), everyday[g])
	}
	chance("hidden", c.Hidden)
	chance("unseen", c.Unseen)
	positive := func(name string, v float64) {
		if !(v > 0 && v < 1e12) {
			errs = append(errs, fmt.Errorf("%s: %v is not above 0", name, v))
		}
	}
	positive("trust", c.Trust)
	positive("wait", c.Wait)
	positive("wait_spread", c.WaitSpread)
	positive("again", c.Again)
	positive("before", c.Before)
	chance("late", c.Late)
	positive("rounds", float64(c.Rounds))
	positive("max_nodes", float64(c.MaxNodes))
	positive("max_options", float64(c.MaxOptions))
	return errors.Join(errs...)
}

// Nobody stands for a device that is not seen.
const Nobody = -1

// Parent is who may have infected a device.
type Parent struct {
	Device      int32 // Nobody for a contact that was not seen
	Contact     int32 // index of the contact that went farthest among the likely ones, -1 for none
	Probability float64
}

// Node is what is concluded of one device.
type Node struct {
	Device   int32
	Infected float64  // chance that it is
	Entry    float64  // chance that all began here
	Again    float64  // chance that it was brought in apart from the first
	Parents  []Parent // likeliest first; with Entry and Again they add up to Infected
	// First, Median and Last are the times before which it is infected with chances of
	// 5, 50 and 95 in 100, if it is.
	First, Median, Last event.Time
	Acts                event.Time // its first own hostile act, 0 for none
}

// Rank is where it may have begun.
type Rank struct {
	Device      int32 // Nobody for a device that is not seen, which infected First
	Via         int32 // for Nobody: the likeliest first victim
	Probability float64
}

// Result is what Trace concludes.
type Result struct {
	Nodes    []Node          // by device
	Entry    []Rank          // likeliest first
	Transmit [Grades]float64 // chances by grade, as estimated
	Wait     float64         // seconds, median, as estimated
	Spread   float64         // standard deviation of the logarithm of the wait
	Hidden   float64         // share of infections by contacts not seen, as estimated
	Shed     int             // devices beyond the bound, which were left out
}
