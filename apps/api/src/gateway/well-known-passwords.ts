// Of eight and more characters; what published leaks show most often. Shorter ones are refused for their length.
const wellKnown = new Set(
  `12345678 123456789 1234567890 12345678910 0123456789 987654321 9876543210 123123123 123321123 111111111
  11111111 1111111111 00000000 000000000 0000000000 22222222 55555555 66666666 77777777 88888888 99999999 999999999
  11223344 1122334455 112233445566 12341234 12344321 11112222 12121212 121212121 123454321 147258369 147852369
  159357456 741852963 789456123 789456123a 963852741 87654321 01234567 123456123 123456654321 1234qwer 1q2w3e4r
  1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc 1qazxsw2 12qwaszx 123qweasd 123qwe123 q1w2e3r4 q1w2e3r4t5 qazwsxedc
  qazwsx123 zaq12wsx zaq1zaq1 zaq1xsw2 qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234 qwerty12345 qwerty123456
  qwerty78 qwerty11 qwer1234 qwert123 qwerasdf qweasdzxc qwe123456 asdfghjk asdfghjkl asdfasdf asdf1234 asdfqwer
  zxcvbnm1 zxcvbnm123 zxcvbnm, azertyuiop azerty123 abcd1234 abcdefgh abcdefg1 abc12345 abc123456 abc123abc a1b2c3d4
  a1b2c3d4e5 a1234567 a12345678 a123456789 aa123456 aa12345678 1234567a 12345678a 123456789a 123456abc 1234abcd
  aaaaaaaa password password1 password12 password123 password1234 password! password1! p@ssw0rd p@ssword passw0rd
  passw0rd1 pa$$word pa$$w0rd passwort passwort1 motdepasse password00 password01 password11 passpass pass1234
  letmein1 letmein123 welcome1 welcome123 welcome! iloveyou iloveyou1 iloveyou2 iloveyou123 ilovegod iloveme1
  loveyou1 lovelove princess princess1 princesa sunshine sunshine1 football football1 baseball baseball1 basketball
  softball superman superman1 batman123 spiderman spiderman1 pokemon1 pokemon123 naruto123 starwars starwars1
  minecraft minecraft1 minecraft123 fortnite fortnite1 fortnite123 roblox123 counterstrike warcraft worldofwarcraft
  runescape starcraft playstation nintendo gameover computer computer1 internet samsung1 samsung123 whatever whatever1
  trustno1 michelle jennifer jessica1 michael1 charlie1 jonathan liverpool liverpool1 chelsea1 arsenal1 barcelona
  realmadrid juventus manchester mercedes ferrari1 corvette mustang1 maverick midnight butterfly butterfly1 chocolate
  elephant dolphins snowball blink182 metallica slipknot nirvana1 1234567q admin123 admin1234 administrator root1234
  changeme changeme1 default1 secret12 secret123 security testtest test1234 test12345 temp1234 guest123 demo1234
  dragon123 dragon12 master123 monkey123 monkey12 shadow123 hunter123 killer123 freedom1 blessed1 jesus123 jesuschrist
  godisgood hello123 hello1234 hellohello happy123 family123 flower123 summer123 winter123 spring123 autumn123 january1
  december google123 facebook facebook1 instagram linkedin myspace1 yahoo123 gfhjkmgfhjkm 1password 1234567890q
  987654321a 7777777777 5201314520 woaini1314 woaini520 5201314a caonima1 asd123456 zxc123456 zxcvbnm12 1123581321
  31415926 314159265 3141592653 0987654321 09876543 q123456789 w123456789 z123456789 s123456789 qq123456 qq123456789
  xiaoming user1234 login123 access14 mustang12 blahblah bismillah babygirl babygirl1 beautiful sweetheart
  sexygirl lovely123 forever1 friends1 friendship greenday eminem123 snoopy123 peanut123 cookie123 cheese123
  pepper123 ginger123 tigger123 buster123 bailey123 thunder1 harley123 ranger123 yankees1 steelers cowboys1 lakers24
  eagles123 redskins packers1 patriots scooter1 victoria alexander samantha stephanie elizabeth nicholas danielle
  patricia caroline isabella gabriela fernando sebastian francisco valentina alejandra alejandro rosebud1 einstein
  trinity1 matrix123 terminator gandalf1 hogwarts dumbledore skywalker darthvader startrek enterprise`.split(
    /\s+/,
  ),
)

/** Whether a password is among those that are tried first everywhere, in any case of letters. */
export const isWellKnown = (password: string) =>
  wellKnown.has(password.normalize('NFKC').toLowerCase())
