"""Western names by language, with the short forms that people go by."""

from __future__ import annotations

import random
from collections.abc import Mapping

from connectors.population.words import words

FAMILIES: Mapping[str, list[str]] = {
    "en": words("""
Smith Smith Smith Johnson Johnson Williams Williams Brown Brown Jones Jones Garcia Miller Miller Davis Davis
Wilson Anderson Thomas Taylor Taylor Moore Jackson Martin Lee Thompson White Harris Clark Lewis Robinson Walker
Young Allen King Wright Scott Hill Green Adams Nelson Baker Hall Campbell Mitchell Carter Roberts Turner
Phillips Parker Evans Edwards Collins Stewart Morris Murphy Cook Rogers Morgan Cooper Peterson Reed Bailey Kelly
Howard Ward Cox Richardson Wood Watson Brooks Bennett Gray James Hughes Price Myers Long Foster Sanders Ross
Powell Sullivan Russell Ortiz Jenkins Perry Butler Barnes Fisher Henderson Coleman Simmons Patterson O'Brien
O'Connor McDonald Whitfield Ashworth Pemberton Hargreaves Thackeray Lockwood Fairbanks
"""),
    "de": words("""
Müller Müller Schmidt Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer
Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Werner Krause Lehmann
Köhler Maier Huber Kaiser Fuchs Scholz Möller Weiß Jung Hahn Vogel Friedrich Keller Günther Berger Winkler Roth
Beck Lorenz Baumann Franke Albrecht Schuster Simon Böhm Winter Kraus Schumacher
"""),
    "fr": words("""
Martin Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefebvre Michel
Garcia Bertrand Roux Vincent Fournier Morel Girard André Lefèvre Mercier Dupont Lambert Bonnet François Martinez
Legrand Garnier Faure Rousseau Blanc Guérin Muller Henry Roussel Nicolas Perrin Morin Mathieu Clément Gauthier
Dumont Lopez Fontaine Chevalier Robin Masson Sanchez Gérard Nguyen Boyer Denis Lemaire
"""),
    "es": words("""
García García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Ruiz Hernández Díaz
Moreno Muñoz Álvarez Romero Alonso Gutiérrez Navarro Torres Domínguez Vázquez Ramos Gil Ramírez Serrano Blanco
Molina Morales Suárez Ortega Delgado Castro Ortiz Rubio Marín Sanz Núñez Iglesias Medina Garrido
"""),
    "it": words("""
Rossi Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti De_Luca Mancini
Costa Giordano Rizzo Lombardi Moretti Barbieri Fontana Santoro Mariani Rinaldi Caruso Ferrara Galli Martini
Leone Longo Gentile Martinelli Vitale Lombardo Serra Coppola De_Santis D'Angelo Marchetti Parisi
"""),
}

GIVEN: Mapping[str, list[str]] = {
    "en-m": words("""
James Robert John Michael David William Richard Joseph Thomas Christopher Charles Daniel Matthew Anthony Mark
Steven Paul Andrew Joshua Kenneth Kevin Brian George Timothy Ronald Edward Jason Jeffrey Ryan Jacob Nicholas
Gary Eric Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Alexander Patrick
"""),
    "en-f": words("""
Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Sandra Betty Ashley Emily
Kimberly Margaret Donna Michelle Carol Amanda Melissa Deborah Stephanie Rebecca Sharon Laura Cynthia Katherine
Amy Angela Shirley Anna Brenda Pamela Emma Nicole Helen Samantha Victoria Christine
"""),
    "de-m": words("""
Peter Michael Thomas Andreas Wolfgang Klaus Jürgen Stefan Christian Uwe Werner Matthias Alexander Frank Markus
Jan Tobias Daniel Martin Sebastian Florian Lukas Felix Maximilian Jonas Karl-Heinz
"""),
    "de-f": words("""
Ursula Monika Petra Sabine Karin Renate Andrea Claudia Susanne Birgit Nicole Stefanie Julia Anna Katrin
Christina Sandra Melanie Anja Laura Lena Johanna Sophie Katharina Anne-Marie
"""),
    "fr-m": words("""
Jean Pierre Michel Philippe Alain Patrick Nicolas Christophe Laurent Frédéric Julien David Stéphane Thomas
Antoine François Olivier Sébastien Guillaume Mathieu Jean-Luc Jean-Pierre Étienne Hugo
"""),
    "fr-f": words("""
Marie Nathalie Isabelle Sylvie Catherine Françoise Valérie Christine Sandrine Sophie Céline Véronique Julie
Aurélie Camille Émilie Hélène Claire Chloé Léa Anne-Sophie Marie-Claude
"""),
    "es-m": words("""
Antonio José Manuel Francisco Juan David Javier Daniel Carlos Miguel Rafael Pedro Alejandro Ángel Fernando Luis
Sergio Pablo Jorge Alberto José-Luis Juan-Carlos
"""),
    "es-f": words("""
María Carmen Ana Isabel Laura Cristina Marta Lucía Elena Pilar Paula Raquel Sara Rosa Dolores Beatriz Mercedes
Silvia Julia Irene Ana-María
"""),
    "it-m": words("""
Giuseppe Antonio Giovanni Marco Andrea Francesco Luigi Alessandro Roberto Stefano Paolo Mario Luca Matteo Davide
Simone Federico Gian-Luca Riccardo Lorenzo
"""),
    "it-f": words("""
Maria Anna Giuseppina Rosa Angela Giovanna Teresa Lucia Francesca Laura Paola Chiara Giulia Sara Elena Federica
Valentina Alessia Martina Silvia
"""),
}

SHORT_FORMS: Mapping[str, tuple[str, ...]] = {
    "Robert": ("Bob", "Rob", "Bobby"), "William": ("Bill", "Will"), "Richard": ("Rick", "Dick"), "James": ("Jim",),
    "John": ("Jack", "Johnny"), "Michael": ("Mike", "Mick"), "David": ("Dave",), "Joseph": ("Joe",), "Thomas": ("Tom",),
    "Christopher": ("Chris",), "Charles": ("Charlie", "Chuck"), "Daniel": ("Dan", "Danny"), "Matthew": ("Matt",),
    "Anthony": ("Tony",), "Steven": ("Steve",), "Stephen": ("Steve",), "Andrew": ("Andy", "Drew"), "Joshua": ("Josh",),
    "Kenneth": ("Ken",), "Timothy": ("Tim",), "Ronald": ("Ron",), "Edward": ("Ed", "Ted"), "Jeffrey": ("Jeff",),
    "Jacob": ("Jake",), "Nicholas": ("Nick",), "Jonathan": ("Jon",), "Benjamin": ("Ben",), "Samuel": ("Sam",),
    "Gregory": ("Greg",), "Alexander": ("Alex", "Sasha"), "Patrick": ("Pat",), "Patricia": ("Pat", "Trish"),
    "Jennifer": ("Jen", "Jenny"), "Elizabeth": ("Liz", "Beth", "Betsy"), "Barbara": ("Barb",), "Susan": ("Sue",),
    "Jessica": ("Jess",), "Margaret": ("Maggie", "Peggy"), "Kimberly": ("Kim",), "Deborah": ("Debbie", "Deb"),
    "Stephanie": ("Steph",), "Rebecca": ("Becky",), "Cynthia": ("Cindy",), "Katherine": ("Kate", "Kathy"),
    "Amanda": ("Mandy",), "Samantha": ("Sam",), "Victoria": ("Vicky",), "Christine": ("Chris",), "Pamela": ("Pam",),
    "Wolfgang": ("Wolf",), "Matthias": ("Matze",), "Maximilian": ("Max",), "Sebastian": ("Basti",),
    "Katharina": ("Kathi",), "Francisco": ("Paco",), "José": ("Pepe",), "Manuel": ("Manolo",), "Dolores": ("Lola",),
    "Giuseppe": ("Beppe",), "Giovanni": ("Gianni",), "Francesco": ("Franco",), "Alessandro": ("Sandro",),
}  # fmt: skip


def name_of(chance: random.Random, language: str, gender: str) -> tuple[str, str]:
    """Return family and given name."""
    return chance.choice(FAMILIES[language]).replace("_", " "), chance.choice(GIVEN[f"{language}-{gender}"])
