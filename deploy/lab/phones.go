package lab

// Phone is an extension of the lab's Asterisk and the tone that it speaks unless a call says otherwise.
type Phone struct {
	Extension string  // also its endpoint's name: PJSIP/<Extension>-…
	Name      string  // caller id name
	Number    string  // caller id number
	Tone      float64 // hertz
}

// Phones are the lab's phones. Their tones are apart from each other and from each other's second and third harmonics by 20 Hz and more, so
// that one heard is one spoken, even after µ-law; so is MusicTone.
var Phones = []Phone{
	{"410", "Ann", "410", 440},
	{"411", "Bob", "411", 570},
	{"412", "Carla", "412", 710},
	{"413", "Dirk", "413", 830},
	{"414", "Eva", "414", 970},
	{"415", "Finn", "415", 1090},
	{"416", "Gesa", "416", 1210},
	{"417", "Hugo", "417", 1370},
	{"418", "Ines", "418", 1550},
	{"419", "Jan", "419", 1770},
	{"north-office", "North Office", "430", 1910},
}

// MusicTone, in hertz, is the music on hold.
const MusicTone = 2230.0

// phoneFor finds the phone of an extension; nil if there is none.
func phoneFor(extension string) *Phone {
	for i := range Phones {
		if Phones[i].Extension == extension {
			return &Phones[i]
		}
	}
	return nil
}
