"""Short and pet forms of first names, each group with the form that stands for all of them; folded as identity does."""

GROUPS = """
alexander alex sascha sandro xander
alexandra sandra alex sascha xandra
andreas andi andy
angelika geli angie
anna anne anni ann aenne
annemarie annemie
antonia toni
anton toni
barbara baerbel babsi
benjamin ben benny
bernhard bernd berni
brigitte gitte biggi
birgit biggi
charlotte lotte charly
christian chris
christina chris tina kristina
christine chris tina
claudia claudi
daniel dani danny
daniela dani ela
dieter didi
dietrich dirk
dorothea doris dora thea
edith edi
eduard edi
elisabeth lisa lisbeth elsbeth elli betty sissi liesel lis
emily emilie emmi
erika rika
eva evi
florian flo
franz franzi
franziska franzi sissi
friedrich fritz fred fredi
gabriele gabi gaby
georg schorsch
gerhard gerd gerdi
gertrud gerti trude
gisela gisi gila
guenter guenther
hannelore hanne lore
heinrich heinz heiner hein
helene leni lena lene helena
helmut helle
hildegard hilde
hubert hubsi
ingeborg inge inga
ingrid inga
irmgard irma irmi
jakob jack
jennifer jenny jenni
joachim jochen achim jo
johann hans hannes johannes jo jan
johanna hanna hannah jo
josef joseph sepp jupp beppo
josefine josephine josi
julia juli jule
juliane jule
karl carl kalle
karoline caroline caro lina
katharina kathrin katrin katja kathi kati kaete katarina catharina
klaus claus nikolaus niklas nico niko
konrad conny
kornelia cornelia conny nele
leonie leo
leonhard leo leon
ludwig lutz louis
lukas luca lucas
magdalena magda lena leni
manfred manni fred
manuel manu
manuela manu
margarete margarethe greta grete gretel margret rita marga
maria marie mia mariechen mariele
markus marcus
martina tina
matthias mathias matze hias
maximilian max maxi
melanie mel meli
michael michi michel mike
michaela michi
mohammed mehmet muhammad mohamed
monika moni
nicole nici niki
norbert nobbi
oliver olli
philipp phil philip
rainer reiner
ralf ralph rolf
rebecca becky
regina gina
renate nate
robert rob robby bert
rosemarie rosi
ruediger rudi
rudolf rudi rolf
sabine bine biene
samuel sam
sarah sara
sebastian basti bastian
siegfried sigi siggi
sieglinde linde
silvia sylvia
simon
sofia sophie sophia sofie
stefan stephan steffen
stefanie steffi stephanie
susanne susi sanne
theodor theo
theresa therese resi
thomas tom tommy
tim timo timotheus
tobias tobi
torsten thorsten
ulrich uli ulli
ulrike uli ulli rike
ursula uschi ulla ursel
veronika vroni
viktoria vicky
waltraud traudl traudel
wilhelm willi willy helm
wolfgang wolf wolle
"""
# As they are used abroad: English, French, Dutch, Polish.
ABROAD = """
alexander alex sandy aleksander olek
alexandra alex sandy aleksandra ola
agnieszka aga
andrew andy drew andrzej jedrek
anthony tony antoni antek
anna ania anya annie nan
anne annie nancy
antoinette toinette
barbara basia barb barbie
benjamin ben benji
catherine cathy kate katie cath katherine kathleen kathy catharina karin trijntje
charles charlie chuck charly karel
christopher chris kit krzysztof krzys
christine chris chrissie tina krystyna krysia
cornelis kees cor
cornelia corrie
daniel dan danny
david dave davy
deborah debbie deb
dorothy dot dottie dolly
edward ed eddie ted teddy ned
elizabeth liz beth betty lizzie eliza bess elsie elzbieta ela
elisabeth els bets lies liesbeth elsbeth babette lise
eugenie eugenia
ewa ewka
francis frank franciscus frans
frederick fred freddie frederic
genevieve ginette
gerardus gerard gert
gregory greg grzegorz grzes
henry harry hank hal henryk
hendrik henk rik
jacqueline jackie jacquie
jacobus jaap koos
james jim jimmy jamie jem
jean jeannot jeanot
jeanne jeannette jeanette
jennifer jen jenny
joanna asia joasia
johannes jan hans johan joop
john jack johnny jon
jonathan jon jonny
joseph joe joey jo jozef josef jef
joshua josh
katarzyna kasia kaska
kenneth ken kenny
lawrence larry laurence
leonard len lenny leo
malgorzata gosia malgosia
margaret maggie meg peggy marge greta daisy
marguerite margot
maria marysia mia maryse
mary molly polly may mamie
matthew matt matty mateusz
michael mike mick mickey michal
nicholas nick nicky nicolas nico
patricia pat patty trish tricia
patrick pat paddy
pamela pam
peter pete piotr piotrek piet
petrus piet peter
philip phil pip philippe
raymond ray
rebecca becky becca
richard rick dick richie rich ricky ryszard rysiek
robert bob bobby rob robbie bert
ronald ron ronnie
samuel sam sammy
samantha sam sammie
stanislaw staszek
stephen steve steven stevie
susan sue susie suzanne zuzanna
theodore ted theo teddy
theresa terry tess tessa therese
thomas tom tommy tomasz tomek
timothy tim timmy
tadeusz tadek
victoria vicky tori
vincent vince
walter walt wally
willem wim pim
william bill billy will willie liam guillaume
wojciech wojtek
zofia zosia
"""


def _forms(groups: str) -> dict[str, frozenset[str]]:
    """Every form with the names for which it may stand; the name itself is one."""
    found: dict[str, set[str]] = {}
    for line in groups.split("\n"):
        if words := line.split():
            for word in words:
                found.setdefault(word, set()).add(words[0])
    return {word: frozenset(names) for word, names in found.items()}


FORMS = _forms(GROUPS)
EVERYWHERE = _forms(GROUPS + ABROAD)


def stands_for(name: str) -> frozenset[str]:
    """In German: the full names that a first name may stand for: {alexander, alexandra} for alex, the name itself if unknown."""
    return FORMS.get(name) or frozenset((name,))
